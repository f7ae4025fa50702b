"""Where the PDFs are kept: each under its own SHA-256, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


def path_of(sha256: str) -> Path:
    return Path(settings.CERTIFICATE_ROOT) / sha256[:2] / f"{sha256}.pdf"


def keep(pdf: bytes) -> str:
    """Write the file durably and return its SHA-256; whenever the power goes, nobody finds half a file."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    target = path_of(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    for folder in (target.parent, target.parent.parent):
        _sync(folder)
    return sha256


def remove(sha256: str) -> None:
    """Take the file away, if it is there."""
    path_of(sha256).unlink(missing_ok=True)


def left_behind(older_than: float) -> Iterator[Path]:
    """Files last written before that moment: drafts of a killed worker, and what was kept under a name of its own."""
    for path in Path(settings.CERTIFICATE_ROOT).glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            if path.suffix in (".pdf", ".part") and path.stat().st_mtime < older_than:
                yield path


def _sync(folder: Path) -> None:
    """Make the new name itself durable, not only the bytes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
