"""The secrets of an installation that was given none."""

import contextlib
import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def embedded_secret(folder: Path, name: str = "secret_key") -> str:
    """Made once and kept in the folder, for the embedded run that sets none in the environment."""
    path = folder / name
    if not path.exists():
        fd, draft = tempfile.mkstemp(dir=folder, prefix=name)
        with os.fdopen(fd, "w") as file:
            file.write(get_random_secret_key())
        # Web, worker and beat may start at the same moment: one of them gives its draft the name, whole.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text()
