"""Restore an archive into an empty database: check, files, database, compare, migrate, then what restoring itself asks for.

The database is loaded wholly or not at all, after the files. So a restore that was interrupted before that can be begun
again, and one that was interrupted later is refused, because the database is no longer empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from packaging.version import InvalidVersion, Version

from elearning.backups import after_restore, archive, engines, manifest, records, stored_files
from elearning.backups.archive import BadArchive, DigestingFile, durable_file
from elearning.backups.databases import Engine
from elearning.backups.manifest import Manifest
from elearning.version import VERSION

Say = Callable[[str], None]
MODES = {stored_files.CERTIFICATES: 0o600, stored_files.MEDIA: 0o644}


class RestoreProblem(Exception):
    """Nothing was restored. The message says why."""


class NotAsInManifest(Exception):
    """The restored database differs from the archive. It must not be used."""


@dataclass
class Restored:
    """What a restore has done, for the summary."""

    manifest: Manifest
    erased: int = 0
    held: int = 0
    done: int = 0
    problems: list[str] = field(default_factory=list)


def check(path: Path, say: Say = lambda line: None) -> tuple[Manifest, list[str]]:
    """Verify the archive, and that it can be restored here. Return its manifest and the secrets that differ.

    Changes nothing. Raises BadArchive, DatabaseProblem and RestoreProblem.
    """
    say("Verifying the archive.")
    content = archive.verify(path)
    say(f"Made on {content.made_at:%Y-%m-%d %H:%M} UTC by version {content.version}: {content.rows:,} rows.")
    engine = engines.current()
    if content.engine != engine.name:
        raise RestoreProblem(f"The backup is of {content.engine}, and this installation runs on {engine.name}.")
    _check_version(content)
    engine.check_tools(restoring=True)
    engine.check_unused()
    _check_files(content)
    return content, manifest.differing_secrets(content.keys)


def restore(path: Path, content: Manifest, say: Say = lambda line: None, *, send_waiting: bool = False) -> Restored:
    """Restore an archive that check() has accepted. Raises BadArchive, DatabaseProblem, NotAsInManifest and OSError.

    Emails that waited in the backup are held unless `send_waiting`: they may have been sent after it was made.
    """
    engine = engines.current()
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix=".restore-") as folder:
        say("Copying the files.")
        dump = Path(folder, archive.DATABASES[engine.name])
        erasures = _extract(path, content, dump)
        os.sync()  # the names of the files too, before a row relies on them
        say("Loading the database.")
        engine.load(dump)
    engines.forget_what_was_read()
    say("Comparing every table with the manifest.")
    _compare(content, engine)
    say("Bringing the database to this version.")
    call_command("migrate", interactive=False, verbosity=0)
    result = Restored(content)
    if not send_waiting:
        after_restore.hold_emails()
    say("Erasing again whoever was erased.")
    result.erased = after_restore.erase_again(erasures)
    say("Doing the work that was waiting.")
    result.done = after_restore.do_waiting_work()
    if not send_waiting:
        after_restore.hold_emails()
        result.held = after_restore.count_held()
    after_restore.end_sessions()
    result.problems = after_restore.file_problems()
    records.record_restored(content.made_at)
    return result


def _check_version(content: Manifest) -> None:
    """Refuse an archive of a newer version, which also has migrations that this version does not have."""
    try:
        newer = Version(content.version) > Version(VERSION)
    except InvalidVersion as error:
        raise RestoreProblem(f"The backup names no version: {content.version}.") from error
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    ours = {name.partition(".")[0] for name in known}
    unknown = [name for name in content.migrations if name not in known and name.partition(".")[0] in ours]
    if newer or unknown:
        raise RestoreProblem(
            f"The backup was made by version {content.version}, this is {VERSION}. "
            + (f"This version does not know the migration {unknown[0]}. " if unknown else "")
            + "Install the version of the backup or a newer one."
        )


def _check_files(content: Manifest) -> None:
    """Refuse if a file with the same name and another content is there already."""
    other = []
    for name, digest in content.files.items():
        if name.startswith(archive.FOLDERS) and (path := stored_files.path_of(name)).exists():
            with path.open("rb") as file:
                if DigestingFile(file).read_to_end() != digest:
                    other.append(str(path))
    if other:
        raise RestoreProblem(
            f"{len(other)} files here have the names of files in the backup and another content, first {other[0]}. "
            "Move the folders of media and certificates away and begin again."
        )


def _extract(path: Path, content: Manifest, dump: Path) -> bytes:
    """Put the files in place and the dump at `dump`. Return the log of erasures."""
    erasures = b""
    with archive.reading(path):
        for name, source in archive.members(path):
            if name == archive.ERASURES:
                erasures = source.read()
            elif name != archive.MANIFEST:
                _extract_one(name, source, content, dump)
    return erasures


def _extract_one(name: str, source: BinaryIO, content: Manifest, dump: Path) -> None:
    in_folder = name.startswith(archive.FOLDERS)
    target = stored_files.path_of(name) if in_folder else dump
    digesting = DigestingFile(source)
    with durable_file(target, MODES[name.partition("/")[0]] if in_folder else 0o600) as file:
        shutil.copyfileobj(cast(BinaryIO, digesting), file, archive.CHUNK)
        if digesting.digest() != content.files.get(name):
            raise BadArchive(f"{name} has changed since the archive was verified.")


def _compare(content: Manifest, engine: Engine) -> None:
    with engine.tables() as tables:
        found = tables.digests()
    if wrong := sorted(name for name in {*found, *content.tables} if found.get(name) != content.tables.get(name)):
        raise NotAsInManifest(
            f"{len(wrong)} tables differ from the manifest, first {wrong[0]}. Do not use this database."
        )
