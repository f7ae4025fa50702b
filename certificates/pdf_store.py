"""The folder of PDFs. Each file is named by its SHA-256 and is complete."""

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
    """Write the PDF durably and return its SHA-256. A power cut never leaves an incomplete file under that name."""
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
        sync_folder(folder)
    return sha256


def remove(sha256: str) -> None:
    """Remove the PDF with this digest, if it exists."""
    path_of(sha256).unlink(missing_ok=True)


def stale_files(older_than: float) -> Iterator[Path]:
    """Yield PDFs and unfinished drafts (.part) last written before `older_than`, in seconds since the epoch.

    A killed worker leaves drafts, and finished PDFs that no certificate refers to. The caller decides which those are.
    """
    for path in Path(settings.CERTIFICATE_ROOT).glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            if path.suffix in (".pdf", ".part") and path.stat().st_mtime < older_than:
                yield path


def sync_folder(folder: Path) -> None:
    """Make the directory entries durable; fsync of a file covers its bytes only."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
