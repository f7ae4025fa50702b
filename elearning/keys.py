"""The secret of an installation that was given none."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def embedded_secret(folder: Path) -> str:
    """Made once and kept in the folder, for the embedded run that sets no SECRET_KEY."""
    path = folder / "secret_key"
    if not path.exists():
        # Open exclusively: web, worker and beat may start at the same moment.
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(fd, "w") as file:
            file.write(get_random_secret_key())
    return path.read_text()
