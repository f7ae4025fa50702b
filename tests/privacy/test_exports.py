"""Data copies: what they contain, and that only their owner can download them."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import changes
from accounts.models import AccountChange, AuditEntry, Email
from accounts.outbox import OutboxState
from certificates import delivery
from certificates.models import Certificate
from courses import progress
from elearning.logging import SECRET_PART
from privacy import exports, registry, requests
from privacy.models import DataCopy, Erasure
from privacy.tasks import sweep
from quizzes import attempts
from tests.quizzes import factories as quiz_factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db]


def sign_in(client, person):
    """Sign in and confirm the password, which the pages below require."""
    client.force_login(person)
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def course(db):
    return quiz_factories.course_with_test()


def study(person, quiz, note="") -> Certificate:
    """Give the person a note, a reading position, an attempt, and a certificate with its file."""
    joined = quiz_factories.enrol(person, quiz)
    step = joined.release.steps[0]["key"]
    progress.save_note(joined, step, note or f"a note of {person.email}")
    progress.save_position(joined, step, step)
    attempt = attempts.start(joined, quiz)
    quiz_factories.answer_all(attempt)
    attempts.submit(attempt)
    certificate = Certificate.objects.get(learner=person)
    assert delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    return certificate


def open_archive(copy: DataCopy) -> zipfile.ZipFile:
    return zipfile.ZipFile(copy.path)


def make_copy(person) -> DataCopy:
    copy = requests.request_copy(person)
    assert exports.make(copy.pk)
    copy.refresh_from_db()
    return copy


def json_files(person) -> dict[str, str]:
    archive = open_archive(make_copy(person))
    return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")}


def test_a_copy_holds_no_link_that_opens_an_account(client, amina):
    """Whoever adds somebody else's address must not find the link there that confirms it."""
    sign_in(client, amina).post(reverse("account_email"), {"email": "boss@example.org", "action_add": ""})
    with changes.recorded(amina, AccountChange.Kind.PASSWORD):
        pass
    client.post(reverse("account_reset_password"), {"email": amina.email})
    assert all(SECRET_PART.search(email.text) for email in Email.objects.filter(kind="email_confirmation"))
    assert [name for name, text in json_files(amina).items() if SECRET_PART.search(text)] == []


def test_a_copy_contains_every_declared_field(editor):
    Erasure.objects.create(person=editor.uuid)
    files, empty = json_files(editor), []
    for register in registry.REGISTERS:
        for model in register.models:
            for personal in model.personal_fields:
                if personal.lookup and personal.fields:
                    name = f"{model.model}.{personal.lookup.partition(':')[0].replace('__', '-')}"
                    rows = json.loads(files[f"data/{name}.json"])
                    # The email about the copy was written after the copy.
                    later = 1 if model.model == "accounts.Email" else 0
                    assert len(rows) == personal.of(model.model_class(), editor).count() - later, name
                    for row in rows:
                        assert row.keys() >= set(personal.fields.split()), name
                    if not rows:
                        empty.append(name)
    assert empty == []


def test_a_copy_contains_nothing_about_anybody_else(course, amina, mona):
    study(amina, course)
    study(mona, course)
    everything = "".join(json_files(amina).values())
    assert f"a note of {amina.email}" in everything
    assert all(word not in everything for word in (mona.email, mona.name, str(mona.uuid)))
    assert '"question": "Question p1-q01?"' in everything
    assert amina.password not in everything


def test_a_copy_contains_the_certificate_files(course, amina):
    certificate = study(amina, course)
    archive = open_archive(make_copy(amina))
    assert archive.read(f"files/certificates/{certificate.shown_code}.pdf")[:5] == b"%PDF-"
    assert "keeps about you on this site" in archive.read("README.txt").decode()


def test_the_answers_of_a_running_attempt_contain_no_key(course, amina):
    joined = quiz_factories.enrol(amina, course)
    attempt = attempts.start(joined, course)
    quiz_factories.answer_all(attempt)
    archive = open_archive(make_copy(amina))
    everything = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".json"))
    for item in attempt.items.all():
        assert item.responses.get().payload in everything
    assert "correct" not in everything
    assert "Because of" not in everything


def test_two_requests_make_one_file_and_one_email(amina):
    first, second = requests.request_copy(amina), requests.request_copy(amina)
    assert first.pk == second.pk
    assert [exports.make(first.pk), exports.make(first.pk)] == [True, False]
    assert Email.objects.filter(kind="data_copy_ready").count() == 1
    assert requests.request_copy(amina).pk != first.pk


def test_only_its_owner_can_download_a_copy(client, amina, baraka, rosa):
    copy = make_copy(amina)
    address = reverse("copy_file", args=[copy.uuid])
    assert client.get(address).status_code == 302
    for other in (baraka, rosa):
        client.logout()
        assert sign_in(client, other).get(address).status_code == 404
    client.logout()
    response = sign_in(client, amina).get(address)
    assert zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))).testzip() is None
    assert response["Cache-Control"].count("no-store") == 1
    assert AuditEntry.objects.get(verb="data.fetched").actor == amina.uuid


def test_every_page_about_personal_data_asks_for_the_password_again(client, amina):
    """Somebody who picks up a signed-in phone can neither download a copy nor erase the account."""
    copy = make_copy(amina)
    client.force_login(amina)
    pages = [("get", reverse("copy_file", args=[copy.uuid])), ("post", reverse("make_copy")), ("get", reverse("erase"))]
    for method, address in [*pages, ("post", reverse("erase"))]:
        response = getattr(client, method)(address, {"email": amina.email})
        assert (response.status_code, reverse("account_reauthenticate") in response.get("Location", "")) == (
            302,
            True,
        ), address
    assert (Erasure.objects.count(), DataCopy.objects.count()) == (0, 1)
    response = client.post(reverse("account_reauthenticate") + f"?next={pages[0][1]}", {"password": PASSWORD})
    assert client.get(response["Location"]).status_code == 200


def test_a_copy_is_deleted_after_a_day(client, amina, time_machine):
    copy = make_copy(amina)
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


def test_the_page_shows_the_state_of_a_copy(client, amina):
    sign_in(client, amina)
    page = reverse("your_data")
    assert "Make a copy" in client.get(page).content.decode()
    client.post(reverse("make_copy"))
    waiting = client.get(page).content.decode()
    # Once in the message and once in the list of copies.
    assert (waiting.count("Your copy is being made"), "Make a copy" in waiting) == (2, False)
    exports.make(DataCopy.objects.get().pk)
    assert "you can download it until" in client.get(page).content.decode()
    DataCopy.objects.update(state=OutboxState.FAILED)
    assert "could not be made" in client.get(page).content.decode()


def test_a_failed_copy_is_retried_and_its_error_contains_no_personal_data(amina, monkeypatch):
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


def test_a_copy_takes_a_constant_number_of_queries(course, amina):
    joined, counts = quiz_factories.enrol(amina, course), []
    for many in (1, 1, 30):  # the first round fills the process cache
        for number in range(many):
            progress.save_note(joined, str(joined.release.steps[0]["key"]), "words", f"{number:036}")
        copy = requests.request_copy(amina)
        with CaptureQueriesContext(connection) as queries:
            assert exports.make(copy.pk)
        counts.append(len(queries))
    assert counts[1] == counts[2]
