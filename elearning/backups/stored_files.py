"""The files that rows name: PDFs of certificates, and everything in a FileField. Other files are not backed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from certificates import pdf_store
from certificates.models import Certificate
from elearning.backups.databases import Tables

CERTIFICATES = "certificates"
MEDIA = "media"


class StoredFile(NamedTuple):
    """One file, by the row that names it."""

    table: str
    column: str
    value: str  # in the column

    @property
    def is_certificate(self) -> bool:
        return self.table == Certificate._meta.db_table

    @property
    def name(self) -> str:
        """The name in the archive."""
        if self.is_certificate:
            return f"{CERTIFICATES}/{pdf_store.path_of(self.value).relative_to(settings.CERTIFICATE_ROOT)}"
        return f"{MEDIA}/{self.value}"

    @property
    def path(self) -> Path:
        return path_of(self.name)

    def is_still_named(self) -> bool:
        """Whether a row names this file now. The person may have been erased since the snapshot."""
        with connection.cursor() as cursor:
            query = f'SELECT 1 FROM "{self.table}" WHERE "{self.column}" = %s LIMIT 1'  # noqa: S608 - names of our models
            cursor.execute(query, [self.value])
            return cursor.fetchone() is not None


def file_fields(model: type[models.Model]) -> list[models.FileField]:
    """The fields of this model's own table that name files."""
    if model._meta.proxy or not model._meta.managed:
        return []
    return [field for field in model._meta.local_concrete_fields if isinstance(field, models.FileField)]


def columns() -> list[tuple[str, str]]:
    """The table and column of every field that names files."""
    fields = [(model._meta.db_table, str(field.column)) for model in apps.get_models() for field in file_fields(model)]
    return [(Certificate._meta.db_table, "pdf_sha256"), *fields]


def named_in(tables: Tables) -> Iterator[StoredFile]:
    """Yield every file that this state of the database names."""
    existing = set(tables.names())
    for table, column in columns():
        if table in existing:
            yield from (StoredFile(table, column, value) for value in tables.values(table, column))


def path_of(name: str) -> Path:
    """Where the file with this name in the archive is in this installation."""
    folder, _sep, rest = name.partition("/")
    return Path({CERTIFICATES: settings.CERTIFICATE_ROOT, MEDIA: settings.MEDIA_ROOT}[folder], rest)
