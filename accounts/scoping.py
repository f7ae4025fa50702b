"""Check that every query on records about people says whose records it reads, in requests and tasks.

A model of such records names the lookup of its person (`PERSON`) and has a manager of PersonalQuerySet. A query says
whose records it reads by `visible_to(user)`, `of(person)`, `this(record)`, a related manager of such a row
(`enrolment.completions`), or `everybody(why)`. Any other query raises Unscoped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.db import models

ANYWHERE = "*"
_watched: ContextVar[bool] = ContextVar("watched", default=False)


class Unscoped(RuntimeError):
    """A query on records about people did not say whose records it reads. Nothing was read or written."""


@contextmanager
def watching() -> Iterator[None]:
    """Check queries on records about people while the context is open."""
    was_watched = _watched.get()
    _watched.set(True)
    try:
        yield
    finally:
        _watched.set(was_watched)


def stop_watching() -> None:
    """Stop checking queries; called at the end of a response."""
    _watched.set(False)


class ScopeMiddleware:
    """Check the queries of every request until its response is closed, so streamed responses are checked too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        _watched.set(True)
        response = self.get_response(request)
        response._resource_closers.append(stop_watching)
        return response


def in_scope(user, country: str, role: str = "") -> models.Q:
    """Return a filter on the lookup path `country` (such as "learner__country") for the records `user` may see.

    With `role`, only the countries of that role count. The scopes are read at every call, so a change of role or
    country takes effect with the next request.
    """
    if not user.is_authenticated or not user.is_active or user.powers_withheld:
        return models.Q(pk__in=[])
    if user.is_superuser:
        return models.Q()
    countries = set(user.scopes.filter(**({"role": role} if role else {})).values_list("country", flat=True))
    if ANYWHERE in countries:
        return models.Q()
    return models.Q(**{f"{country}__in": countries})


class PersonalQuerySet(models.QuerySet):
    """Records about people. The model's `PERSON` is the lookup from a record to its person."""

    _scope = ""

    def visible_to(self, user, role: str = "") -> Self:
        """Records of people in the scope of this user; with `role`, in the scope of that role only."""
        return self._scoped("in scope").filter(in_scope(user, f"{self._person()}__country", role))

    def of(self, person) -> Self:
        """Records of this person."""
        return self._scoped("own").filter(**{self._person(): person})

    def this(self, record: models.Model) -> Self:
        """The row of a record that the caller has loaded, for a conditional update."""
        return self._scoped("loaded").filter(pk=record.pk)

    def everybody(self, why: str) -> Self:
        """All records. Use it only where no record is shown to a person: a queue, a count, a sweep. `why` names the reason."""
        assert why
        return self._scoped(why)

    def _person(self) -> str:
        return self.model.PERSON  # type: ignore[attr-defined]

    def _scoped(self, scope: str) -> Self:
        rows = self.all()
        rows._scope = scope
        return rows

    def _is_scoped(self) -> bool:
        hints = self._hints  # type: ignore[attr-defined]
        return bool(self._scope) or is_personal(hints.get("instance"))

    def _check(self) -> None:
        if _watched.get() and is_personal(self.model) and not self._is_scoped() and not self.query.is_empty():
            raise Unscoped(
                f"{self.model._meta.label}: whose records? Use visible_to(user), of(person), this(record) or everybody(why)."
            )

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scope = self._scope
        return clone

    def __or__(self, other) -> Self:
        return self._scoped_if_all_are(super().__or__(other), other)

    def union(self, *others, all: bool = False) -> Self:
        return self._scoped_if_all_are(super().union(*others, all=all), *others)

    def _scoped_if_all_are(self, combined, *others) -> Self:
        if not all(other._is_scoped() for other in (self, *others)):
            combined._scope, combined._hints = "", {}
        return combined

    # The methods below are the only ones that send a query to the database.
    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._check()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any):
        self._check()
        return super().iterator(*args, **kwargs)

    def raw(self, *args: Any, **kwargs: Any):
        """SQL is not looked into: it must itself read the records of the scope only."""
        self._check()
        return super().raw(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check()
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


def is_personal(row: models.Model | type[models.Model] | None) -> bool:
    """Whether this row or model is a person or a record about one."""
    return hasattr(row, "PERSON")
