"""The register in which an app declares what it keeps about people, why and for how long.

Each app's privacy.py has a REGISTER. Data copies and erasure follow it, so that they cannot differ from what is
declared. tests/privacy/test_registry.py finds whatever is not declared.
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


class OnErasure(enum.Enum):
    """What erasure does with the rows."""

    DELETED = "deleted"
    UNNAMED = "unnamed"  # the row stays, its link to the person is set to NULL
    REDUCED = "reduced"  # the app's erase() leaves the declared minimum
    KEPT = "kept"  # the row stays; it identifies nobody once the person is erased


@dataclass(frozen=True)
class Purpose:
    """One line of the page "What we keep about you"."""

    what: Words
    why: Words
    who: Words
    how_long: Words


@dataclass(frozen=True)
class PersonalFields:
    """The fields of a model that are about a person, and the lookup that finds the person's rows.

    `lookup` leads from a row to the person, or is "field:uuid" where the row holds only their uuid. It is "" when no
    query finds the rows; then the app's own erase() handles them. `fields` go into the data copy. `withheld` fields are
    personal too but stay out of it: they open the account, name somebody else, or mean nothing outside the system.
    """

    lookup: str
    purpose: Purpose
    on_erasure: OnErasure
    fields: str = ""
    withheld: str = ""
    # Extra values that make a copied row readable: name -> lookup.
    also: Mapping[str, str] = field(default_factory=dict)

    def of(self, model: type[models.Model], person: User) -> models.QuerySet:
        rows = model._base_manager.all()
        if not self.lookup:
            return rows.none()
        path, _colon, attribute = self.lookup.partition(":")
        return rows.filter(**{path: getattr(person, attribute) if attribute else person.pk})


@dataclass(frozen=True)
class ModelPrivacy:
    """The declaration of one model: which fields are about a person, and which are not (`technical`)."""

    model: str
    personal_fields: tuple[PersonalFields, ...] = ()
    technical: str = ""

    def model_class(self) -> type[models.Model]:
        return apps.get_model(self.model)

    def copied(self) -> list[PersonalFields]:
        """Return what goes into a data copy, with each lookup once, because two purposes may share one."""
        merged: dict[str, PersonalFields] = {}
        for personal in self.personal_fields:
            if personal.lookup and personal.fields:
                first = merged.get(personal.lookup)
                merged[personal.lookup] = (
                    replace(first, fields=f"{first.fields} {personal.fields}") if first else personal
                )
        return list(merged.values())

    def declared(self) -> set[str]:
        names = " ".join(f"{personal.fields} {personal.withheld}" for personal in self.personal_fields)
        return {*self.technical.split(), *names.split()}


@dataclass(frozen=True)
class Register:
    """Everything that one app and the libraries it uses keep anywhere."""

    models: tuple[ModelPrivacy, ...]
    # Name of a task -> its arguments in order. They are primary keys only, unless the text says otherwise.
    tasks: Mapping[str, str] = field(default_factory=dict)
    # Prefix of a cache key -> what it holds and for how long.
    caches: Mapping[str, str] = field(default_factory=dict)
    # Name of a cookie, prefix of a key in a browser store -> the same as a sentence of the public page.
    cookies: Mapping[str, Words] = field(default_factory=dict)
    stores: Mapping[str, Words] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)  # database tables without a model
    # Name of a setting that holds a path -> what is stored there.
    folders: Mapping[str, str] = field(default_factory=dict)

    def purposes(self) -> list[Purpose]:
        """Return each purpose once, in the order of declaration."""
        return list(dict.fromkeys(personal.purpose for model in self.models for personal in model.personal_fields))


def copy_of(register: Register, person: User) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Yield (name, rows) for everything that goes into this person's data copy. The rows are read lazily."""
    for model in register.models:
        for personal in model.copied():
            path = personal.lookup.partition(":")[0].replace("__", "-")
            yield f"{model.model}.{path}", _rows(model.model_class(), personal, person)


def _rows(model: type[models.Model], personal: PersonalFields, person: User) -> Iterator[dict[str, Any]]:
    names = personal.fields.split()
    many = {relation.name for relation in model._meta.many_to_many}
    single = [name for name in names if name not in many]
    rows = personal.of(model, person).order_by("pk")
    for row in rows.values("pk", *single, **{name: models.F(path) for name, path in personal.also.items()}).iterator(
        500
    ):
        pk = row["pk"]
        for name in many.intersection(names):
            row[name] = [str(other) for other in getattr(model._base_manager.get(pk=pk), name).all()]
        yield row


def erase(register: Register, person: User) -> None:
    """Delete or anonymise rows as declared. Rows are declared before the rows they point to, so they go first."""
    for model in register.models:
        for personal in model.personal_fields:
            rows = personal.of(model.model_class(), person)
            if personal.on_erasure is OnErasure.DELETED and personal.lookup and model.model != User._meta.label:
                # _raw_delete() neither loads the rows, which may be many, nor sends signals, which nothing needs.
                rows._raw_delete(rows.db)
            elif personal.on_erasure is OnErasure.UNNAMED and personal.lookup:
                rows.update(**{personal.lookup: None})
