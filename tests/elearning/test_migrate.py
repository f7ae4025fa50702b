"""On PostgreSQL, `migrate` does not queue for a lock: it gives up after two seconds, lets others pass, and tries again."""

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as djangos
from django.db import OperationalError, connection

from elearning.management.commands import migrate

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def attempts(monkeypatch):
    """The limits under which each attempt ran; the list decides how many attempts fail first."""
    monkeypatch.setattr(migrate, "PAUSE", 0)
    seen: list[tuple] = []

    def fail_first(many: int, sqlstate: type[psycopg.Error]):
        def handle(_self, *_args, **_options):
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
                seen.append(cursor.fetchone())
            if len(seen) <= many:
                raise OperationalError("no lock") from sqlstate()

        monkeypatch.setattr(djangos.Command, "handle", handle)
        return seen

    return fail_first


def test_a_table_in_use_is_tried_again_with_short_waits(attempts):
    seen = attempts(2, psycopg.errors.LockNotAvailable)
    call_command("migrate", verbosity=0)
    assert seen == [("2s", "0")] * 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("10s",), "the limits of requests hold again"


def test_it_gives_up_at_last_and_other_errors_are_not_tried_again(attempts, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 3)
    seen = attempts(99, psycopg.errors.LockNotAvailable)
    with pytest.raises(OperationalError):
        call_command("migrate", verbosity=0)
    assert len(seen) == 3
    seen.clear()
    attempts(99, psycopg.errors.AdminShutdown)
    with pytest.raises(OperationalError):
        call_command("migrate", verbosity=0)
    assert len(seen) == 1
