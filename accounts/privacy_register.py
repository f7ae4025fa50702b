"""The register in which an app declares what it keeps about people, why and how long; and copies and erases by it.

Each room's personal.py has a REGISTER. What is declared there is what is copied and what is erased, so that the
declaration cannot drift from the deed; tests/privacy/test_registry.py finds whatever is not declared.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from accounts.models import User

Words = str | Promise


class Fate(enum.Enum):
    """What erasure does with the rows."""

    DELETED = "deleted"
    UNNAMED = "unnamed"  # the row stays, its link to the person is set to NULL
    REDUCED = "reduced"  # the app's erase() leaves the declared minimum
    KEPT = "kept"  # the row stays; it identifies nobody once the person is erased


@dataclass(frozen=True)
class Topic:
    """One line of the page "What we keep about you"."""

    what: Words
    why: Words
    who: Words
    how_long: Words


@dataclass(frozen=True)
class About:
    """The rows of a model that are about a person, found by one lookup.

    `whose` is the lookup of the person, or "field:uuid" where the row holds only their uuid. It is "" when no query
    finds the rows; then the app's erase() does. `fields` go into the person's copy. `withheld` fields are personal
    too but stay out of the copy: they open the account, name somebody else, or mean nothing outside the system.
    """

    whose: str
    topic: Topic
    fate: Fate
    fields: str = ""
    withheld: str = ""
    also: Mapping[str, str] = field(
        default_factory=dict
    )  # extra values that make a copied row readable: name -> lookup

    def of(self, model: type[models.Model], person: User) -> models.QuerySet:
        rows = model._base_manager.all()
        if not self.whose:
            return rows.none()
        path, _colon, attribute = self.whose.partition(":")
        return rows.filter(**{path: getattr(person, attribute) if attribute else person.pk})


@dataclass(frozen=True)
class Holding:
    """The declaration of one model: which fields are about a person, and which are not (`technical`)."""

    model: str
    abouts: tuple[About, ...] = ()
    technical: str = ""

    def model_class(self) -> type[models.Model]:
        return apps.get_model(self.model)

    def copied(self) -> list[About]:
        """Return what goes into a person's copy, one About for each lookup: two topics may share a lookup."""
        ways: dict[str, About] = {}
        for about in self.abouts:
            if about.whose and about.fields:
                before = ways.get(about.whose)
                ways[about.whose] = replace(before, fields=f"{before.fields} {about.fields}") if before else about
        return list(ways.values())

    def declared(self) -> set[str]:
        personal = " ".join(f"{about.fields} {about.withheld}" for about in self.abouts)
        return {*self.technical.split(), *personal.split()}


@dataclass(frozen=True)
class Register:
    """Everything that one app, and the libraries it uses, keep anywhere."""

    holdings: tuple[Holding, ...]
    # Name of a task -> its arguments in order. They are primary keys only, unless the text says otherwise.
    tasks: Mapping[str, str] = field(default_factory=dict)
    # Prefix of a cache key, name of a cookie, name of a browser store -> what it holds and for how long.
    caches: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)  # database tables without a model
    folders: Mapping[str, str] = field(
        default_factory=dict
    )  # name of a setting that holds a path -> what is stored there

    def topics(self) -> list[Topic]:
        """Return each topic once, in the order of declaration."""
        return list(dict.fromkeys(about.topic for holding in self.holdings for about in holding.abouts))


def copy_of(register: Register, person: User) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Yield (name, rows) for everything that goes into this person's copy. The rows are read lazily."""
    for holding in register.holdings:
        for about in holding.copied():
            path = about.whose.partition(":")[0].replace("__", "-")
            yield f"{holding.model}.{path}", _rows(holding.model_class(), about, person)


def _rows(model: type[models.Model], about: About, person: User) -> Iterator[dict[str, Any]]:
    names = about.fields.split()
    many = {found.name for found in model._meta.many_to_many}
    single = [name for name in names if name not in many]
    rows = about.of(model, person).order_by("pk")
    for row in rows.values("pk", *single, **{name: models.F(path) for name, path in about.also.items()}).iterator(500):
        pk = row["pk"]
        for name in many.intersection(names):
            row[name] = [str(other) for other in getattr(model._base_manager.get(pk=pk), name).all()]
        yield row


def erase(register: Register, person: User) -> None:
    """Delete or unname rows as declared, in the order of declaration, which puts rows before those they point to."""
    for holding in register.holdings:
        for about in holding.abouts:
            rows = about.of(holding.model_class(), person)
            if about.fate is Fate.DELETED and about.whose and holding.model != User._meta.label:
                # _raw_delete() loads no rows, which may be many, and sends no signals, which nothing needs.
                rows._raw_delete(rows.db)
            elif about.fate is Fate.UNNAMED and about.whose:
                rows.update(**{about.whose: None})
