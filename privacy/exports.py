"""Make data copies: everything that is kept about a person. The worker makes a copy; it can be downloaded for a day."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import outbox
from accounts.emails import outgoing
from accounts.languages import interface_language
from accounts.models import User
from accounts.outbox import OutboxState
from accounts.site_settings import current_operator
from privacy import registry
from privacy.models import DataCopy

LIFETIME = timedelta(hours=24)


def make(pk: int) -> bool:
    """Make one copy if it is due. Return whether it became ready now. It is safe to start again after a crash."""
    return outbox.work(DataCopy, pk, _make, keep_message=False)


def _make(copy: DataCopy) -> bool:
    ready = False
    try:
        _write(copy)
        ready = _finish(copy)
    finally:
        if not ready and not DataCopy.objects.this(copy).exists():
            copy.path.unlink(missing_ok=True)  # the person was erased in the meantime
    return ready


def missing_copies() -> Iterator[Path]:
    """Yield the paths of files that can still be downloaded by their rows and that are not there."""
    copies = DataCopy.objects.everybody("all files are checked").filter(state=OutboxState.DONE)
    for copy in copies.filter(expires_at__gt=timezone.now()).iterator():
        if not copy.path.exists():
            yield copy.path


def make_ready_copies_again() -> None:
    """Queue the copies whose files are not there, after a restore. Their people were told already, so once is enough."""
    for copy in DataCopy.objects.everybody("after a restore").filter(state=OutboxState.DONE):
        others = DataCopy.objects.of(copy.user).unfinished()
        if copy.fetchable and not copy.path.exists() and not others.exists():
            DataCopy.objects.this(copy).requeue()


def _finish(copy: DataCopy) -> bool:
    with transaction.atomic():
        row = DataCopy.objects.unfinished().this(copy)
        finished = row.finish(expires_at=timezone.now() + LIFETIME, size=copy.path.stat().st_size)
        if finished:
            outgoing.send("data_copy_ready", copy.user.email, {}, key=f"copy:{copy.uuid}:ready", user=copy.user)
    return bool(finished)


def _write(copy: DataCopy) -> None:
    """Write the ZIP file under another name, then rename it, so that it is never incomplete. Rows are streamed."""
    copy.path.parent.mkdir(parents=True, exist_ok=True)
    partial = copy.path.with_suffix(".part")
    with open(partial, "wb", opener=_open_private) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with translation.override(interface_language(copy.user.language)):
            archive.writestr("README.txt", _readme(copy.user))
        for name, rows in registry.rows_about(copy.user):
            with archive.open(f"data/{name}.json", "w") as out:
                _write_rows(out, rows)
        for name, path in registry.files_of(copy.user):
            if path.exists():
                with path.open("rb") as source, archive.open(f"files/{name}", "w") as out:
                    shutil.copyfileobj(source, out)
    os.replace(partial, copy.path)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write_rows(out: IO[bytes], rows: Iterator[dict[str, Any]]) -> None:
    encoder = TextFallbackJSONEncoder(ensure_ascii=False, indent=1)
    out.write(b"[")
    for number, row in enumerate(rows):
        out.write((",\n" if number else "\n").encode() + encoder.encode(row).encode())
    out.write(b"\n]\n")


class TextFallbackJSONEncoder(DjangoJSONEncoder):
    """A JSON encoder that writes unknown types, such as files and countries, as text."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _readme(person: User) -> str:
    lines = [
        _("Everything that %(operator)s keeps about you on this site, as it was on %(day)s.")
        % {"operator": current_operator().name, "day": date_format(person.day_of(timezone.now()), "DATE_FORMAT")},
        _("Each file in the folder “data” is one kind of record. The folder “files” holds your certificates."),
        _(
            "Not included, because they give access to your account or mean nothing outside this site: your password and sessions."
        ),
        "",
    ]
    for purpose in registry.purposes():
        lines += [f"{purpose.what}", f"    {purpose.why}", f"    {purpose.how_long}"]
    return "\n".join(lines) + "\n"


def tidy() -> None:
    """Delete expired copies, and files without a row that are older than a lease."""
    copies = DataCopy.objects.everybody("expired copies")
    copies.filter(expires_at__lt=timezone.now()).delete()
    folder = Path(settings.COPIES_ROOT)
    paths = list(folder.glob("*")) if folder.exists() else []
    known = {str(uuid) for uuid in copies.values_list("uuid", flat=True)} if paths else set()
    for path in paths:
        if path.stem not in known and path.stat().st_mtime < time.time() - outbox.LEASE.total_seconds():
            path.unlink(missing_ok=True)
