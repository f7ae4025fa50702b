"""Django's `migrate`, which on PostgreSQL waits 2 s for a lock and then tries again, so that nobody waits behind it."""

import time

from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK_TIMEOUT = "2s"
TRIES = 30
PAUSE = 2.0  # seconds between two tries, in which the requests that waited go on


class Command(migrate.Command):
    def handle(self, *args, **options):
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        for attempt in range(1, TRIES + 1):
            self.set_limits(connection)
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if not is_lock_timeout(error) or attempt == TRIES:
                    raise
                self.stderr.write(f"A table is in use. Trying again ({attempt} of {TRIES}).")
                time.sleep(PAUSE)
            finally:
                # The limits of requests hold again for whatever this process does next.
                connection.close()
        return None

    def set_limits(self, connection) -> None:
        """A migration may run as long as it needs, but it does not queue for a lock, since all requests queue behind it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'; SET statement_timeout = 0")


def is_lock_timeout(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == "55P03"  # lock_not_available
