"""The audit trail: entries hold ids only, are appended and sealed in a chain, and later changes are detected."""

import contextlib
import importlib
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import roles
from accounts.audit import trail as audit_trail
from accounts.audit.trail import Verb
from accounts.models import AuditEntry, Role, Seal, User

migration = importlib.import_module("accounts.migrations.0001_initial")


@pytest.fixture
def trail(db):
    """Three seals of four entries each, and two unsealed entries."""
    for _seal in range(3):
        for number in range(4):
            audit_trail.record(Verb.REPORT_EXPORTED, uuid4(), rows=number)
        audit_trail.seal()
    for number in range(2):
        audit_trail.record(Verb.REPORT_EXPORTED, uuid4(), rows=number)
    assert audit_trail.verify() == []


@pytest.fixture
def unguarded(trail):
    """A trail whose triggers are removed, as the owner of the database can do. Only the chain protects it."""
    with connection.schema_editor() if connection.vendor == "postgresql" else _sqlite_editor() as editor:
        migration.remove(None, editor)


class _sqlite_editor:
    """A schema editor for use in a transaction. SQLite's own refuses that, but these statements work in one."""

    def __enter__(self):
        self.connection = connection
        return self

    def __exit__(self, *_error):
        return False

    def execute(self, sql, params=None):
        with connection.cursor() as cursor:
            cursor.execute(sql)


CHANGES = {
    "the verb of an entry": lambda: AuditEntry.objects.update(verb="other"),
    "the actor of an entry": lambda: AuditEntry.objects.update(actor=uuid4()),
    "the ids of an entry": lambda: AuditEntry.objects.update(ids={"rows": 99}),
    "the time of an entry": lambda: AuditEntry.objects.update(at="2020-01-01T00:00:00Z"),
    "the seal of a sealed entry": lambda: AuditEntry.objects.exclude(seal=None).update(seal=1),
    "a seal removed from its entries": lambda: AuditEntry.objects.exclude(seal=None).update(seal=None),
    "an entry sealed and changed in one update": lambda: AuditEntry.objects.filter(seal=None).update(seal=3, verb="x"),
    "an entry removed": lambda: AuditEntry.objects.all()._raw_delete("default"),
    "the digest of a seal": lambda: Seal.objects.update(digest="0" * 64),
    "a seal removed": lambda: Seal.objects.filter(number=3)._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_database_refuses(trail, change):
    with pytest.raises(IntegrityError, match="appended"), transaction.atomic():
        change()


def _swap_two_entries():
    first, second = AuditEntry.objects.filter(seal=2).order_by("pk")[:2]
    first_actor, second_actor = first.actor, second.actor
    AuditEntry.objects.filter(pk=first.pk).update(actor=second_actor)
    AuditEntry.objects.filter(pk=second.pk).update(actor=first_actor)


def _insert_entry():
    AuditEntry.objects.create(verb="report.exported", seal_id=2)


TAMPERING = {
    "an entry was edited": (lambda: AuditEntry.objects.filter(pk=_entry(2)).update(verb="other"), "entries of seal 2"),
    "an entry was removed": (lambda: AuditEntry.objects.filter(pk=_entry(2))._raw_delete("default"), "entries of seal 2"),
    "an entry was inserted": (_insert_entry, "entries of seal 2"),
    "two entries were swapped": (_swap_two_entries, "entries of seal 2"),
    "an entry moved to another seal": (
        lambda: AuditEntry.objects.filter(pk=_entry(2)).update(seal=3),
        "entries of seal 2",
    ),
    "a seal was removed with its entries": (
        lambda: (AuditEntry.objects.filter(seal=2)._raw_delete("default"), Seal.objects.filter(number=2)._raw_delete("default")),
        "seal 2 is missing",
    ),
    "a seal was removed, its entries opened": (
        lambda: (AuditEntry.objects.filter(seal=2).update(seal=None), Seal.objects.filter(number=2)._raw_delete("default")),
        "seal 2 is missing",
    ),
    "the first seal was removed": (
        lambda: (AuditEntry.objects.filter(seal=1)._raw_delete("default"), Seal.objects.filter(number=1)._raw_delete("default")),
        "seal 1 is missing",
    ),
    "a seal was remade to fit its entries": (lambda: _forge(2), "seal 3 does not follow"),
    "the time of a seal was changed": (
        lambda: Seal.objects.filter(number=2).update(at="2020-01-01T00:00:00Z"),
        "entries of seal 2",
    ),
}  # fmt: skip


def _entry(seal):
    return AuditEntry.objects.filter(seal=seal).order_by("pk").values_list("pk", flat=True)[1]


def _forge(number):
    AuditEntry.objects.filter(pk=_entry(number)).update(verb="other")
    link = Seal.objects.get(number=number)
    rows = [row[1:] for row in AuditEntry.objects.filter(seal=number).order_by("pk").values_list(*audit_trail.COLUMNS)]
    Seal.objects.filter(number=number).update(digest=audit_trail._digest(number, link.previous, link.at, rows))


@pytest.mark.parametrize(("tamper", "problem"), TAMPERING.values(), ids=TAMPERING)
def test_the_chain_detects_changes_made_without_triggers(unguarded, tamper, problem):
    tamper()
    assert any(problem in line for line in audit_trail.verify())
    with pytest.raises(CommandError, match="was changed"):
        call_command("verify_audit", stdout=StringIO())


def test_a_truncated_chain_is_detected_with_a_stored_seal(unguarded):
    stored = audit_trail.head()
    assert audit_trail.contains_seal(stored)
    AuditEntry.objects.filter(seal=3)._raw_delete("default")
    Seal.objects.filter(number=3)._raw_delete("default")
    assert audit_trail.verify() == []  # the rest is an intact chain
    assert not audit_trail.contains_seal(stored)
    with pytest.raises(CommandError, match="seal 3"):
        call_command("verify_audit", "--kept", stored, stdout=StringIO())


def test_the_command_prints_the_newest_seal_of_an_intact_chain(trail):
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue().splitlines() == ["The audit trail is intact. Its newest seal:", audit_trail.head()]


def test_the_result_of_a_check_is_stored_until_the_next_check(unguarded):
    assert (audit_trail.check(), audit_trail.broken()) == ([], [])
    AuditEntry.objects.filter(pk=_entry(3)).update(verb="other")
    assert audit_trail.broken() == []
    assert audit_trail.check() == audit_trail.broken() == ["the entries of seal 3 were changed"]
    AuditEntry.objects.filter(pk=_entry(3)).update(verb="report.exported")
    assert (audit_trail.check(), audit_trail.broken()) == ([], [])


def test_only_ids_and_short_codes_are_accepted(amina):
    for value in ("Amina Yusuf Hassan", "amina@example.org", "with space", "x" * 65, "آمنة"):
        with pytest.raises(ValueError, match="ids"):
            audit_trail.record(Verb.PERSON_CHANGED, amina, amina, fields=value)
    assert not AuditEntry.objects.exists()


def test_an_entry_is_rolled_back_with_its_cause(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit_trail.record(Verb.REPORT_EXPORTED, uuid4())
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


def test_granting_and_revoking_a_role_record_one_entry_each(amina, administrator):
    roles.grant(amina, Role.TRAINER, "KE", by=administrator)
    roles.grant(amina, Role.TRAINER, "KE", by=administrator)
    roles.revoke(amina, Role.TRAINER, "KE", by=administrator)
    roles.revoke(amina, Role.TRAINER, "KE", by=administrator)
    recorded = [(entry.verb, entry.actor, entry.object_id, entry.ids) for entry in AuditEntry.objects.order_by("pk")]
    role = {"role": "trainer", "country": "KE"}
    assert recorded == [
        ("role.given", administrator.uuid, str(amina.uuid), role),
        ("role.taken", administrator.uuid, str(amina.uuid), role),
    ]


@pytest.mark.parametrize("many", [1, 3])
def test_recording_takes_one_query_and_sealing_a_constant_number(db, django_assert_num_queries, many):
    actor = uuid4()
    with django_assert_num_queries(many):
        for _number in range(many):
            audit_trail.record(Verb.REPORT_EXPORTED, actor)
    with django_assert_num_queries(6):  # savepoint, newest seal, entries, insert, update, release
        audit_trail.seal()
    assert audit_trail.seal() is None


THREADS = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="threads cannot share SQLite's database in memory"),
]


def beats_at_once(monkeypatch, many=4):
    """Run beats that all read the chain and the unsealed entries before any of them writes. Return their results."""
    barrier, digest = threading.Barrier(many, timeout=30), audit_trail._digest

    def wait_then_digest(*args):
        barrier.wait()
        return digest(*args)

    def beat(_number):
        try:
            return audit_trail.seal()
        except Exception as error:
            return error
        finally:
            connection.close()

    with monkeypatch.context() as patched, ThreadPoolExecutor(many) as pool:
        patched.setattr(audit_trail, "_digest", wait_then_digest)
        return list(pool.map(beat, range(many)))


@pytest.fixture
def unsealed_entries(transactional_db):
    for number in range(40):
        audit_trail.record(Verb.REPORT_EXPORTED, None, rows=number)


class TestBeatsAtOnce:
    pytestmark = THREADS

    def test_one_beat_seals_and_the_chain_is_intact(self, unsealed_entries, monkeypatch):
        results = beats_at_once(monkeypatch)
        assert sorted(type(result).__name__ for result in results) == ["NoneType"] * 3 + ["Seal"]
        assert (audit_trail.verify(), AuditEntry.objects.filter(seal=None).count(), Seal.objects.count()) == ([], 0, 1)

    def test_control_sealing_without_conditions_breaks_the_chain(self, unsealed_entries, monkeypatch):
        """The negative control: beats pick their own numbers and take entries that another beat has sealed."""
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {migration.ENTRY} DISABLE TRIGGER USER")
        numbers = itertools.count(1)

        def seal_without_conditions():
            rows = [
                row[1:] for row in AuditEntry.objects.filter(seal=None).order_by("pk").values_list(*audit_trail.COLUMNS)
            ]
            number, now = next(numbers), timezone.now()
            digest = audit_trail._digest(number, "", now, rows)
            Seal.objects.create(number=number, count=len(rows), digest=digest, at=now)
            AuditEntry.objects.filter(pk__in=[row[0] for row in rows]).update(seal_id=number)

        monkeypatch.setattr(audit_trail, "seal", seal_without_conditions)
        try:
            beats_at_once(monkeypatch)
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {migration.ENTRY} ENABLE TRIGGER USER")
        assert any("were changed" in problem for problem in audit_trail.verify())


class TestSealingBesideChecking:
    """A thread records and seals, another one verifies the chain: PostgreSQL shows each query another moment."""

    pytestmark = THREADS
    CHECKS = 40

    def false_alarms(self) -> list[str]:
        """Return what CHECKS verifications find wrong while entries are recorded and sealed without a pause."""
        done = threading.Event()

        def seal_on():
            try:
                while not done.is_set():
                    for number in range(3):
                        audit_trail.record(Verb.REPORT_EXPORTED, None, rows=number)
                    audit_trail.seal()
            finally:
                connection.close()

        sealer = threading.Thread(target=seal_on)
        sealer.start()
        try:
            return [problem for _check in range(self.CHECKS) for problem in audit_trail.verify()]
        finally:
            done.set()
            sealer.join()

    def test_no_check_raises_a_false_alarm(self, transactional_db):
        assert self.false_alarms() == []
        assert Seal.objects.count() > self.CHECKS / 4  # it did seal beside the checks
        assert audit_trail.verify() == []

    def test_control_without_the_snapshot_checks_raise_false_alarms(self, transactional_db, monkeypatch):
        monkeypatch.setattr(audit_trail, "snapshot", contextlib.nullcontext)
        assert self.false_alarms() != []


def test_the_trail_contains_no_names_or_addresses(amina, administrator):
    roles.grant(amina, Role.MANAGER, "KE", by=administrator)
    rows = str(list(AuditEntry.objects.values()))
    assert "example.org" not in rows
    assert all(person.name not in rows for person in User.objects.all())
