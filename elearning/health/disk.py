"""How much space is left where the product writes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Volume:
    """One file system that the product writes to. `free_mb` is None when it cannot be read."""

    name: str  # what is kept there
    free_mb: int | None


def volumes() -> list[Volume]:
    """Return the free space for uploaded files, certificates and, on SQLite, the database; each file system once."""
    folders = {"media": Path(settings.MEDIA_ROOT), "certificates": Path(settings.CERTIFICATE_ROOT)}
    database = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and database.parent.is_dir():
        folders["database"] = database.parent
    names: dict[int | str, list[str]] = {}
    free: dict[int | str, int | None] = {}
    for name, folder in folders.items():
        try:
            existing = next(path for path in (folder, *folder.parents) if path.exists())
            device: int | str = existing.stat().st_dev
            free[device] = shutil.disk_usage(existing).free // MEGABYTE
        except OSError:
            device = name
            free[device] = None
        names.setdefault(device, []).append(name)
    return [Volume(", ".join(names[device]), free[device]) for device in names]
