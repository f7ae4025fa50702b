"""A backup under load is restored elsewhere with an empty broker: nothing lost, nobody back, nothing sent twice (R19)."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
import time
from pathlib import Path

import pytest

from tests.faults.candidates import Candidates, stored
from tests.faults.conftest import ON_BOTH, long_control
from tests.faults.crowd import Crowd
from tests.faults.experiment import FULL, Clock, Report, count
from tests.support import databases
from tests.support.product import Product, wait_for

WRITERS = 20
PEOPLE = count(60, 400)
SECONDS = count(6, 30)  # of writing; the backup begins after a third
LEARNERS = count(200, 10_000)
LONGEST = 600  # seconds of a restore
SECRETS = {"CERTIFICATE_NAME_KEY": "n3-the-key-of-names-of-this-drill-0123456789-abcdefghi-XY"}
ERASABLE = """
from uuid import uuid4
from accounts.models import Email, User
from certificates.delivery import deliver
from certificates.issuing import issue
from tests.certificates.conftest import facts
from django.utils import timezone
from datetime import timedelta
answer = []
for name in ("Early Leaver", "Late Leaver"):
    person = User.objects.create_user(f"{name.split()[0].lower()}@example.org", name=name, country="KE")
    deliver(issue(person, facts(), uuid4()).pk)
    answer.append(str(person.uuid))
# An email that nobody sends before the end of the experiment.
Email.objects.create(dedupe_key="far", to="far@example.org", kind="far", language="en", subject="Far", text="",
                     message_id="<far@example.org>", due_at=timezone.now() + timedelta(hours=2))
"""
ERASE = """
import time
from pathlib import Path
from accounts.models import User
from privacy import erasure, requests
from privacy.models import Erasure
person = User.objects.get(uuid="{uuid}")
Path("{ready}").touch()
while {wait} and not list(Path("{folder}").glob(".*.part/archive")):
    time.sleep(0.005)
row = requests.request_erasure(person, person)
Erasure.objects.filter(pk=row.pk).update(due_at="2020-01-01T00:00Z")
answer = erasure.perform(row.pk)
"""
PRESENT = "SELECT count(*) FROM accounts_user WHERE name LIKE '%% Leaver'"
NAMED = "SELECT count(*) FROM certificates_certificate WHERE name LIKE '%% Leaver'"
HELD = "SELECT count(*) FROM accounts_email WHERE state = 'failed' AND last_error LIKE 'Held after a restore%%'"
# The certificate of an erased person is pending for good and gets no PDF.
UNFINISHED = "SELECT count(*) FROM certificates_certificate WHERE state IN ('pending', 'claimed') AND erased_at IS NULL"
WAITING = "SELECT count(*) FROM accounts_email WHERE state IN ('pending', 'claimed')"


@pytest.fixture(params=ON_BOTH)
def services(request) -> bool:
    return request.param


def elsewhere(make, source: Product, tmp_path: Path) -> Product:
    """An installation with the same secrets, an empty database, an empty broker and no files."""
    target = make(source.services, **SECRETS)
    if target.services:
        databases.create(target.database)
    for path in target.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return target


def back_up_under_load(source: Product, crowd: Crowd, early: str, folder: Path) -> tuple[Path, list[str]]:
    """Back up while the crowd writes, and erase a person once the snapshot is taken. Return the archive, and which
    results were acknowledged before it began."""
    ready = folder.parent / "ready"
    code = ERASE.format(uuid=early, ready=ready, folder=folder, wait=True)
    erasing = threading.Thread(target=source.python, args=[code])
    writing = threading.Thread(target=crowd.work, args=[PEOPLE, SECONDS])
    erasing.start()
    wait_for(ready.exists)
    writing.start()
    time.sleep(SECONDS / 3)
    acknowledged = list(crowd.handed_in)
    source.manage("backup", str(folder))
    writing.join()
    erasing.join()
    (path,) = folder.glob("*.tar.gz")
    return path, acknowledged


def addressed(product: Product) -> set[tuple[str, str]]:
    return {(message["To"], message["Subject"]) for message in product.emails()}


def test_a_backup_under_load_is_restored_elsewhere_and_nothing_is_sent_twice(make, services, tmp_path):
    report = Report(f"R19 restored, {'PostgreSQL' if services else 'SQLite'}", max_recovery=LONGEST)
    source = make(services, course=True, **SECRETS)
    early, late = source.python(ERASABLE)
    crowd = Crowd(Candidates(source, PEOPLE), WRITERS)
    source.start("web")  # no worker, so that the snapshot has certificates and emails that wait
    folder = tmp_path / "backups"
    folder.mkdir()
    archive, acknowledged = back_up_under_load(source, crowd, early, folder)
    source.python(ERASE.format(uuid=late, ready=tmp_path / "late", folder=folder, wait=False))
    source.start("worker", "beat")
    wait_until_waiting_is(source, 1)
    for name in list(source.processes):
        source.kill(name)

    target = elsewhere(make, source, tmp_path)
    shutil.copy(source.folder / "erasures.log", target.folder / "erasures.log")
    clock = Clock()
    output = target.manage("restore", str(archive))
    report.recovery.append(clock())
    assert "all as in the manifest" in output and "Every file that the database names is there" in output
    report.acknowledged = len(acknowledged)
    marks = stored(target)
    report.lost += sum(marks[attempt][0] < 1 for attempt in acknowledged)
    report.doubled += sum(count_of > 1 for count_of, _saved in marks.values())
    report.wrong += target.number(PRESENT) + target.number(NAMED)

    target.start("worker", "beat")
    wait_until_waiting_is(target, 0)
    report.doubled += len(addressed(target) & addressed(source))
    report.lost += target.number(HELD) < 1
    target.manage("check_files")
    target.manage("verify_audit")
    report.note = f"{PEOPLE} people, {len(acknowledged)} results before the backup, {target.number(HELD)} emails held"
    assert report.holds()


def wait_until_waiting_is(product: Product, emails: int) -> None:
    wait_for(lambda: not product.number(UNFINISHED) and product.number(WAITING) == emails)


@long_control
@pytest.mark.embedded
def test_control_with_waiting_emails_sent_some_arrive_twice(make, tmp_path):
    source = make(False, course=True, **SECRETS)
    source.python(ERASABLE)
    folder = tmp_path / "backups"
    folder.mkdir()
    source.manage("backup", str(folder))
    source.start("worker", "beat")
    wait_until_waiting_is(source, 1)
    for name in list(source.processes):
        source.kill(name)
    target = elsewhere(make, source, tmp_path)
    target.manage("restore", str(next(folder.glob("*.tar.gz"))), "--send-waiting")
    target.start("worker", "beat")
    wait_until_waiting_is(target, 1)
    assert addressed(target) & addressed(source)


SEED = """
import os
from dataclasses import asdict
from uuid import uuid4
from accounts.models import User
from accounts.outbox import OutboxState
from certificates import pdf_store
from certificates.models import Certificate
from courses.models.pages import CoursePage
from courses.models.records import Completion, CourseRelease, Enrolment
from django.utils import timezone
from tests.certificates.conftest import facts
release, now = CourseRelease.objects.order_by("pk").last(), timezone.now()
lessons = [step["key"] for step in release.steps if step["kind"] == "lesson"]
begun = User.objects.count()
people = User.objects.bulk_create(
    User(email=f"learner{{n}}@example.org", name=f"Learner {{n}} of Kenya", country="KE", password="!")
    for n in range(begun, begun + {many}))
enrolments = Enrolment.objects.bulk_create(
    Enrolment(learner=person, course_key=release.course_key, release=release) for person in people)
Completion.objects.bulk_create(
    Completion(enrolment=row, step_key=key, completed_at=now) for row in enrolments for key in lessons)
Certificate.objects.bulk_create(
    Certificate(learner=row.learner, achievement=row.uuid, name=row.learner.name, issuer="School", issued_on=now.date(),
                state=OutboxState.DONE, done_at=now, pdf_size=40_000, pdf_sha256=pdf_store.keep(os.urandom(40_000)),
                **asdict(facts()))
    for row in enrolments)
answer = len(people)
"""


def test_ten_thousand_learners_are_restored_in_time(make, services, tmp_path):
    report = Report(f"R19 {LEARNERS} learners, {'PostgreSQL' if services else 'SQLite'}", max_recovery=LONGEST)
    source = make(services, course=True, **SECRETS)
    for _part in range(0, LEARNERS, 1000):
        source.python(SEED.format(many=min(LEARNERS, 1000)))
    folder = tmp_path / "backups"
    folder.mkdir()
    clock = Clock()
    source.manage("backup", str(folder))
    made_in = clock()
    target = elsewhere(make, source, tmp_path)
    (archive,) = folder.glob("*.tar.gz")
    clock = Clock()
    assert "Every file that the database names is there" in target.manage("restore", str(archive))
    report.recovery.append(clock())
    report.acknowledged = LEARNERS
    report.lost += LEARNERS - target.number("SELECT count(*) FROM accounts_user WHERE name LIKE 'Learner %%'")
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    report.note = f"backup {made_in:.0f} s, {archive.stat().st_size / 1e6:.0f} MB, {len(manifest['files'])} files"
    assert report.holds()
    assert FULL or report.recovery[0] < 60
