"""What somebody may ask about their own data, and that nobody else may."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Email
from accounts.outbox import OutboxState
from certificates import delivery
from certificates.models import Certificate
from courses import progress
from privacy import exports, registry, requests
from privacy.models import DataCopy, Erasure
from privacy.tasks import sweep
from quizzes import attempts
from tests.quizzes import factories as quiz_factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db]


def sign_in(client, person):
    """And give the password once more, as the doors below ask."""
    client.force_login(person)
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def course(db):
    return quiz_factories.course_with_test()


def study(person, quiz, note="") -> Certificate:
    """The person does everything there is: a lesson, a note, a test, a certificate with its file."""
    mine = quiz_factories.enrol(person, quiz)
    step = mine.release.steps[0]["key"]
    progress.keep_note(mine, step, note or f"a note of {person.email}")
    progress.keep_position(mine, step, step)
    attempt = attempts.start(mine, quiz)
    quiz_factories.answer_all(attempt)
    attempts.submit(attempt)
    certificate = Certificate.objects.get(learner=person)
    assert delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    return certificate


def opened(copy: DataCopy) -> zipfile.ZipFile:
    return zipfile.ZipFile(copy.path)


def made_for(person) -> DataCopy:
    copy = requests.request_copy(person)
    assert exports.make(copy.pk)
    copy.refresh_from_db()
    return copy


def all_told(person) -> dict[str, str]:
    archive = opened(made_for(person))
    return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")}


def test_a_copy_holds_every_declared_field(editor):
    Erasure.objects.create(person=editor.uuid)
    told, empty = all_told(editor), []
    for register in registry.REGISTERS:
        for holding in register.models:
            for about in holding.personal_fields:
                if about.lookup and about.fields:
                    name = f"{holding.model}.{about.lookup.partition(':')[0].replace('__', '-')}"
                    rows = json.loads(told[f"data/{name}.json"])
                    # What came of the copy itself was written after it.
                    later = 1 if holding.model == "accounts.Email" else 0
                    assert len(rows) == about.of(holding.model_class(), editor).count() - later, name
                    for row in rows:
                        assert row.keys() >= set(about.fields.split()), name
                    if not rows:
                        empty.append(name)
    assert empty == []


def test_a_copy_holds_nothing_of_anybody_else(course, amina, mona):
    study(amina, course)
    study(mona, course)
    told = all_told(amina)
    everything = "".join(told.values())
    assert f"a note of {amina.email}" in everything
    assert all(word not in everything for word in (mona.email, mona.name, str(mona.uuid)))
    assert '"question": "Question p1-q01?"' in everything
    assert amina.password not in everything


def test_the_certificates_are_in_it_as_the_files_they_are(course, amina):
    certificate = study(amina, course)
    archive = opened(made_for(amina))
    assert archive.read(f"files/certificates/{certificate.shown_code}.pdf")[:5] == b"%PDF-"
    assert "keeps about you on this site" in archive.read("README.txt").decode()


def test_the_answers_of_a_running_test_carry_no_key(course, amina):
    mine = quiz_factories.enrol(amina, course)
    attempt = attempts.start(mine, course)
    quiz_factories.answer_all(attempt)
    archive = opened(made_for(amina))
    everything = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".json"))
    for item in attempt.items.all():
        assert item.responses.get().payload in everything
    assert "correct" not in everything
    assert "Because of" not in everything


def test_asking_twice_makes_one_file_and_one_letter(amina):
    first, second = requests.request_copy(amina), requests.request_copy(amina)
    assert first.pk == second.pk
    assert [exports.make(first.pk), exports.make(first.pk)] == [True, False]
    assert Email.objects.filter(kind="data_copy_ready").count() == 1
    assert requests.request_copy(amina).pk != first.pk


def test_a_copy_is_fetched_by_its_owner_only(client, amina, baraka, rosa):
    copy = made_for(amina)
    address = reverse("copy_file", args=[copy.uuid])
    assert client.get(address).status_code == 302
    for other in (baraka, rosa):
        client.logout()
        assert sign_in(client, other).get(address).status_code == 404
    client.logout()
    answer = sign_in(client, amina).get(address)
    assert zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content))).testzip() is None
    assert answer["Cache-Control"].count("no-store") == 1
    assert AuditEntry.objects.get(verb="data.fetched").actor == amina.uuid


def test_before_any_of_it_the_password_is_asked_for_again(client, amina):
    """A phone left signed in: whoever picks it up reads no file and erases nobody."""
    copy = made_for(amina)
    client.force_login(amina)
    doors = [("get", reverse("copy_file", args=[copy.uuid])), ("post", reverse("make_copy")), ("get", reverse("erase"))]
    for method, address in [*doors, ("post", reverse("erase"))]:
        answer = getattr(client, method)(address, {"email": amina.email})
        assert (answer.status_code, reverse("account_reauthenticate") in answer.get("Location", "")) == (302, True), (
            address
        )
    assert (Erasure.objects.count(), DataCopy.objects.count()) == (0, 1)
    answer = client.post(reverse("account_reauthenticate") + f"?next={doors[0][1]}", {"password": PASSWORD})
    assert client.get(answer["Location"]).status_code == 200


def test_after_a_day_there_is_no_file_any_more(client, amina, time_machine):
    copy = made_for(amina)
    sign_in(client, amina)
    now = timezone.now()
    time_machine.move_to(now + timedelta(hours=24, minutes=1))
    sign_in(client, amina)
    assert client.get(reverse("copy_file", args=[copy.uuid])).status_code == 404
    assert copy.path.exists()
    sweep()
    time_machine.move_to(now + timedelta(hours=24, minutes=2))
    sweep()
    assert (copy.path.exists(), DataCopy.objects.count()) == (False, 0)


def test_the_page_says_what_becomes_of_a_copy(client, amina):
    sign_in(client, amina)
    page = reverse("your_data")
    assert "Make a copy" in client.get(page).content.decode()
    client.post(reverse("make_copy"))
    waiting = client.get(page).content.decode()
    assert ("Being made" in waiting, "Make a copy" in waiting) == (True, False)
    exports.make(DataCopy.objects.get().pk)
    assert "can be fetched until" in client.get(page).content.decode()
    DataCopy.objects.update(state=OutboxState.FAILED)
    assert "could not be made" in client.get(page).content.decode()


def test_a_copy_that_fails_is_tried_again_and_its_reason_quotes_nobody(amina, monkeypatch):
    copy = requests.request_copy(amina)

    def fail(_person):
        raise ValueError(f"what {amina.email} wrote")

    monkeypatch.setattr(registry, "files_of", fail)
    assert not exports.make(copy.pk)
    copy.refresh_from_db()
    assert (copy.last_error, copy.done_at, copy.path.exists()) == ("ValueError", None, False)
    monkeypatch.undo()
    DataCopy.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert exports.make(copy.pk)


def test_a_copy_asks_the_same_number_of_questions_however_much_there_is(course, amina):
    mine, counts = quiz_factories.enrol(amina, course), []
    for many in (1, 1, 30):  # the first warms what a process remembers
        for number in range(many):
            progress.keep_note(mine, str(mine.release.steps[0]["key"]), "words", f"{number:036}")
        copy = requests.request_copy(amina)
        with CaptureQueriesContext(connection) as asked:
            assert exports.make(copy.pk)
        counts.append(len(asked))
    assert counts[1] == counts[2]
