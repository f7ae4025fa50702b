"""Generated secrets for an installation that sets none in its environment."""

import contextlib
import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from elearning.environment import PRODUCTION, VAR


def generated_secret(name: str) -> str:
    """Return a secret for this installation, which is kept in the file `name` of the data folder.

    Production is to set its own and does not start without (elearning.production). Until then it gets one that is
    forgotten with the process: nothing must come to depend on a secret that lies beside the data.
    """
    return get_random_secret_key() if PRODUCTION else embedded_secret(VAR, name)


def embedded_secret(folder: Path, name: str = "secret_key") -> str:
    """Return the secret in the file `name` of the folder. Generate and store it at the first call."""
    path = folder / name
    if not path.exists():
        fd, draft = tempfile.mkstemp(dir=folder, prefix=name)
        with os.fdopen(fd, "w") as file:
            file.write(get_random_secret_key())
        # Web, worker and beat may start at once: os.link() lets one of them put its complete file in place.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text()
