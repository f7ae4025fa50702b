"""Make an archive: the database first, in one snapshot, then the files that it names, the log of erasures last.

Files are never changed under their names, so whatever the snapshot names can still be read afterwards. Whoever is erased
meanwhile is in the log, so restoring erases them again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from certificates.pdf_store import sync_folder
from elearning.backups import archive, engines, manifest, records, stored_files
from elearning.backups.archive import ArchiveWriter
from elearning.backups.databases import Engine, Tables
from elearning.backups.manifest import Manifest
from elearning.version import VERSION

Say = Callable[[str], None]
SUFFIX = ".tar.gz"
PREFIX = "plumbline-"
ABANDONED = 24 * 3600  # seconds; no backup still writes a folder that old
PROGRESS = 5000  # files between two lines


class BackupProblem(Exception):
    """No archive was made. The message says why."""


@dataclass
class Backup:
    """A complete archive."""

    path: Path
    manifest: Manifest

    @property
    def missing(self) -> list[str]:
        """What rows name and is not in the archive as it should be."""
        return self.manifest.missing


def make(target: Path, say: Say = lambda line: None) -> Backup:
    """Write and verify an archive. `target` is a folder, or a new file whose name ends in .tar.gz.

    Until it is complete, it is in a hidden folder beside the target. Raises BackupProblem, DatabaseProblem, OSError.
    """
    path = _path_in(target) if target.is_dir() else target
    _check_target(path)
    engine = engines.current()
    engine.check_tools(restoring=False)
    draft = path.with_name(f".{path.name}.part")
    draft.mkdir(mode=0o700)
    try:
        written = _write(draft, engine, say)
        say("Verifying the archive.")
        archive.verify(draft / "archive")
        os.rename(draft / "archive", path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    files = sum(name.startswith(archive.FOLDERS) for name in written.files)
    records.record_made(written.rows, files, len(written.missing))
    return Backup(path, written)


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Remove all complete backups in the folder but the newest `count`, at least one. Return what was removed."""
    complete = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), key=lambda path: path.name)
    removed = complete[: -max(count, 1)]
    for path in removed:
        path.unlink()
    return removed


def remove_abandoned(folder: Path) -> None:
    """Remove what backups left behind that were killed more than a day ago."""
    for draft in folder.glob(f".*{SUFFIX}.part"):
        if draft.is_dir() and draft.stat().st_mtime < time.time() - ABANDONED:
            shutil.rmtree(draft, ignore_errors=True)


def _path_in(folder: Path) -> Path:
    return folder / f"{PREFIX}{timezone.now():%Y%m%dT%H%M%SZ}-{VERSION}{SUFFIX}"


def _check_target(path: Path) -> None:
    if not path.name.endswith(SUFFIX):
        raise BackupProblem(f"{path} is neither a folder nor a file name that ends in {SUFFIX}.")
    if not path.parent.is_dir():
        raise BackupProblem(f"There is no folder {path.parent}.")
    if path.exists():
        raise BackupProblem(f"{path} exists already.")


def _write(draft: Path, engine: Engine, say: Say) -> Manifest:
    dump = draft / archive.DATABASES[engine.name]
    say("Copying the database.")
    made_at = timezone.now()
    with engine.snapshot(dump) as tables, contextlib.ExitStack() as stack:
        content = Manifest(VERSION, made_at, engine.name, tables.server, tables.migrations(), tables.digests())
        content.keys = manifest.fingerprints()
        say(f"{len(content.tables)} tables with {content.rows:,} rows.")
        writer = ArchiveWriter(draft / "archive", content)
        stack.callback(writer.abandon)
        with dump.open("rb") as source:
            writer.add(dump.name, source)
        dump.unlink()
        _add_files(writer, tables, say)
        writer.add(archive.ERASURES, BytesIO(_erasures()))
        writer.finish()
    return content


def _add_files(writer: ArchiveWriter, tables: Tables, say: Say) -> None:
    content, count = writer.manifest, 0
    for stored in stored_files.named_in(tables):
        if stored.name in content.files:
            continue
        try:
            with stored.path.open("rb") as source:
                digest = writer.add(stored.name, source)
        except FileNotFoundError:
            if stored.is_still_named():
                content.missing.append(stored.name)
            continue
        if stored.is_certificate and digest.sha256 != stored.value:
            content.missing.append(stored.name)
        count += 1
        if count % PROGRESS == 0:
            say(f"{count:,} files…")
    say(f"{count:,} files.")


def _erasures() -> bytes:
    """The whole log of erasures. It is read at once, because it may grow meanwhile."""
    path = Path(settings.ERASURE_LOG)
    return path.read_bytes() if path.exists() else b""
