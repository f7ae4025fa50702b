"""Find uploaded files, their renditions and data copies that rows name and that are missing or damaged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from wagtail.images import get_image_model

from elearning.backups.stored_files import file_fields
from privacy import exports


class FileProblem(NamedTuple):
    name: str  # below MEDIA_ROOT or COPIES_ROOT
    kind: str
    model: type[models.Model] | None = None
    pk: Any = None

    @property
    def is_rendition(self) -> bool:
        """Whether the file can be made again from the original, which Wagtail does when its row is gone."""
        return self.model is get_image_model().get_rendition_model()


def problems() -> Iterator[FileProblem]:
    for model in apps.get_models():
        for field in file_fields(model):
            yield from _problems_of(model, field)
    yield from (FileProblem(path.name, "missing") for path in exports.missing_copies())


def _problems_of(model: type[models.Model], field: models.FileField) -> Iterator[FileProblem]:
    columns = ["pk", field.attname] + (["file_hash"] if _has_hash(model) else [])
    rows = model._base_manager.exclude(**{field.attname: ""}).order_by("pk").values_list(*columns)
    for pk, name, *hashes in rows.iterator(chunk_size=500):
        if kind := _kind(field, name, hashes[0] if hashes else ""):
            yield FileProblem(name, kind, model, pk)


def _has_hash(model: type[models.Model]) -> bool:
    """Whether Wagtail stores the SHA-1 of the file, as it does for images and documents."""
    try:
        return bool(model._meta.get_field("file_hash"))
    except FieldDoesNotExist:
        return False


def _kind(field: models.FileField, name: str, sha1: str) -> str:
    """What is wrong with a file; "" if nothing is known to be."""
    try:
        with field.storage.open(name) as file:
            intact = not sha1 or hashlib.file_digest(file, "sha1").hexdigest() == sha1
    except OSError:
        return "missing"
    return "" if intact else "damaged"


def remove_rendition(problem: FileProblem) -> None:
    """Delete the row of a rendition whose file is missing, so that Wagtail makes both again when a page shows it."""
    if problem.model is not None:
        problem.model._base_manager.filter(pk=problem.pk).delete()
