"""Whether everything that the product needs around it is there. Each finding says what to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError

from elearning import production
from elearning.celery import app


def findings() -> list[str]:
    """Return what is missing. Nothing else can work before it is there."""
    if settings.PRODUCTION and (problems := production.problems(os.environ)):
        return [str(problem) for problem in problems]
    return [*_folders(), *_static_files(), *_database(), *_broker()]


def remarks() -> list[str]:
    """Return what may stay for a trial, but not for learners."""
    if settings.PRODUCTION:
        return [str(warning) for warning in production.warnings(os.environ)]
    trial = "This is a trial without services of its own, which nobody should reach from outside."
    return [trial, *map(str, production.half_set(os.environ))]


def _folders() -> Iterator[str]:
    folders = {
        "MEDIA_ROOT": settings.MEDIA_ROOT,
        "CERTIFICATE_ROOT": settings.CERTIFICATE_ROOT,
        "COPIES_ROOT": settings.COPIES_ROOT,
        "ERASURE_LOG": Path(settings.ERASURE_LOG).parent,
    }
    for name, folder in folders.items():
        with contextlib.suppress(OSError):
            Path(folder).mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            yield f"{name}: the folder {folder} cannot be written to. Give it to the account that runs the product."


def _static_files() -> Iterator[str]:
    storage = staticfiles_storage
    if isinstance(storage, ManifestFilesMixin) and not storage.exists(storage.manifest_name):
        yield "The static files are not collected. Run: deploy/build.sh application"


def _database() -> Iterator[str]:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        said = " ".join(str(error).split())
        yield f"The database does not answer ({said}). Check DATABASE_HOST, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD."


def _broker() -> Iterator[str]:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=2)
    except (BrokerError, OSError) as error:
        yield f"Redis does not answer ({error}). Check REDIS_URL and REDIS_PASSWORD."
