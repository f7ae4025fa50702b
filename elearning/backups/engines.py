"""Choose the engine of the installation's database."""

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

from accounts import process_cache
from elearning.backups.databases import Engine
from elearning.backups.postgresql import PostgreSQL
from elearning.backups.sqlite import SQLite


def current() -> Engine:
    return SQLite() if connection.vendor == "sqlite" else PostgreSQL()


def forget_what_was_read() -> None:
    """Close the connections and empty the caches of this process. They belong to the database before it was loaded."""
    connections.close_all()
    ContentType.objects.clear_cache()
    process_cache.forget()
