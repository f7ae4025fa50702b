"""The archive file: a compressed tar whose last member is the manifest. Everything is streamed.

    database.dump or database.sqlite3
    certificates/…, media/…
    erasures.log
    manifest.json

The manifest comes last, because it holds the digest of every other member. So an archive that was cut off has none.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from elearning.backups.manifest import FileDigest, Manifest, NotOurs, read

MANIFEST = "manifest.json"
ERASURES = "erasures.log"
DATABASES = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}
FOLDERS = ("certificates", "media")
CHUNK = 1024 * 1024
COMPRESSION = 3  # PDFs, pictures and PostgreSQL's dump are compressed already


class BadArchive(Exception):
    """The archive is damaged, incomplete, changed, or no backup of this product. The message says which."""


class DigestingFile(io.RawIOBase):
    """A file that is read through, which computes the digest and the size of what was read."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        self.size += len(data)
        return data

    def read_to_end(self) -> FileDigest:
        while self.read(CHUNK):
            pass
        return self.digest()

    def digest(self) -> FileDigest:
        return FileDigest(self.size, self.sha256.hexdigest())


class ArchiveWriter:
    """Writes an archive to a new file that only its owner may read. It is an archive only after finish()."""

    def __init__(self, path: Path, manifest: Manifest):
        self.manifest = manifest
        self.file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        self.tar = tarfile.open(  # noqa: SIM115 - finish() closes it
            fileobj=self.file, mode="w:gz", compresslevel=COMPRESSION, format=tarfile.PAX_FORMAT
        )

    def add(self, name: str, source: BinaryIO) -> FileDigest:
        """Add a whole file. Return its digest. Raises OSError if it becomes shorter meanwhile."""
        source.seek(0, os.SEEK_END)
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = source.tell(), 0o600, int(self.manifest.made_at.timestamp())
        source.seek(0)
        digesting = DigestingFile(source)
        self.tar.addfile(member, cast(BinaryIO, digesting))
        _forget_members(self.tar)
        self.manifest.files[name] = digesting.digest()
        return digesting.digest()

    def finish(self) -> None:
        """Add the manifest and make the file durable."""
        text = self.manifest.to_json()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode, member.mtime = len(text), 0o600, int(self.manifest.made_at.timestamp())
        self.tar.addfile(member, io.BytesIO(text))
        self.tar.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()

    def abandon(self) -> None:
        self.file.close()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise BadArchive where reading the archive fails. Put it around the whole loop over members()."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadArchive(f"There is no file {error.filename}.") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BadArchive(f"{path.name} is damaged or incomplete: {error}") from error


def members(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Yield (name, content) of each member, in order. Raises BadArchive for anything that is no member of a backup."""
    with tarfile.open(path, "r|gz") as tar:
        while (member := tar.next()) is not None:
            _forget_members(tar)
            _check_name(member)
            yield member.name, cast(BinaryIO, tar.extractfile(member))


def _forget_members(tar: tarfile.TarFile) -> None:
    """Empty the list of all members, which tarfile keeps and nothing here reads, so that memory does not grow."""
    tar.members.clear()  # type: ignore[attr-defined]  # typeshed leaves it out


def _check_name(member: tarfile.TarInfo) -> None:
    """Refuse everything but plain files at the places that this module writes."""
    path = PurePosixPath(member.name)
    known = member.name in (MANIFEST, ERASURES, *DATABASES.values()) or (
        path.parts[:1] and path.parts[0] in FOLDERS and len(path.parts) > 1
    )
    unsafe = path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name
    if not known or unsafe or not member.isreg() or str(path) != member.name:
        raise BadArchive(f"The archive has a member that no backup has: {member.name!r}.")


def verify(path: Path) -> Manifest:
    """Read the whole archive and return its manifest. Raises BadArchive unless every member is as the manifest says."""
    found: dict[str, FileDigest] = {}
    manifest = None
    with reading(path):
        for name, content in members(path):
            if manifest is not None or name in found:
                raise BadArchive(f"The archive has a member that no backup has: {name!r}.")
            if name == MANIFEST:
                manifest = _read_manifest(content.read())
            else:
                found[name] = DigestingFile(content).read_to_end()
    if manifest is None:
        raise BadArchive(f"{path.name} is incomplete: it has no manifest.")
    if wrong := sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name)):
        raise BadArchive(f"{len(wrong)} files of the archive are not as the manifest says, first {wrong[0]}.")
    if DATABASES.get(manifest.engine) not in found:
        raise BadArchive("The archive has no database.")
    return manifest


def _read_manifest(text: bytes) -> Manifest:
    try:
        return read(text)
    except NotOurs as error:
        raise BadArchive(str(error)) from error


@contextlib.contextmanager
def durable_file(target: Path, mode: int) -> Iterator[BinaryIO]:
    """Write a file under another name; at the end make it durable and rename it to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    try:
        with open(draft, "wb") as file:
            yield file
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
