"""manage.py first_run: from an empty database to an administrator who may sign in; twice; with what may go wrong."""

import getpass
import io
import smtplib
import sys
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.urls import reverse
from wagtail.models import Site

from accounts.audit.trail import Verb
from accounts.models import AuditEntry, Role, User
from courses.importing import course, library
from courses.management.commands import load_course
from courses.models.pages import CoursePage, HomePage
from elearning.first_run import database, readiness
from elearning.first_run.administrator import first_administrator
from standards.models import Statement

pytestmark = pytest.mark.django_db

ADA = {"email": "Ada@example.org", "name": "Ada Admin", "country": "ke"}
PASSWORD = "plumb lines hang straight"


@pytest.fixture(autouse=True)
def around(monkeypatch, settings):
    """Everything around the product is there; the broker is not asked."""
    settings.PRODUCTION = False
    monkeypatch.setattr(readiness, "_broker", lambda: [])
    for name in ("ADMIN_EMAIL", "ADMIN_NAME", "ADMIN_COUNTRY", "ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def standards_are_there(monkeypatch):
    """Loading them takes a second, and one test does it."""
    monkeypatch.setattr(database, "_standards", lambda: [])


def first_run(**options) -> str:
    out = io.StringIO()
    call_command("first_run", **{"no_input": True, "stdout": out} | options)
    return out.getvalue()


@pytest.fixture
def terminal(monkeypatch):
    """Somebody sits at the terminal and answers in this order."""

    def answering(*answers: str, passwords: tuple[str, ...] = ()) -> None:
        waiting, hidden = iter(answers), iter(passwords)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda _question: next(waiting))
        monkeypatch.setattr(getpass, "getpass", lambda _question: next(hidden))

    return answering


class RefusingBackend(locmem.EmailBackend):
    def send_messages(self, _messages):
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials for hunter2")


REFUSING = f"{__name__}.RefusingBackend"


def test_an_empty_database_gets_all_that_it_needs_and_a_second_run_changes_nothing(settings, client, monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    out = first_run(**ADA, courses="C6-W")
    ada = User.objects.get()
    assert (ada.email, ada.country, ada.time_zone, ada.is_superuser) == (
        "ada@example.org",
        "KE",
        "Africa/Nairobi",
        True,
    )
    assert EmailAddress.objects.get(user=ada).verified
    assert AuditEntry.objects.get(verb=Verb.ROLE_GIVEN).ids == {"role": "administrator", "country": "*"}
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert Statement.objects.exists()
    assert CoursePage.objects.live().get().code == "C6-W"
    assert settings.BASE_URL in out
    assert Path(settings.ERASURE_LOG).read_bytes() == b"", "the nightly copy needs it"
    assert PASSWORD not in out

    before = [(User.objects.count(), CoursePage.objects.get().latest_revision_id, len(mail.outbox))]
    again = first_run(**ADA, courses="C6-W")
    assert "Nothing was changed" in again
    assert before == [(User.objects.count(), CoursePage.objects.get().latest_revision_id, len(mail.outbox))]
    assert AuditEntry.objects.filter(verb=Verb.ROLE_GIVEN).count() == 1
    response = client.post(reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD})
    assert response.status_code == 302


def test_the_site_follows_a_new_base_url(standards_are_there, settings):
    database.prepare()
    assert database.prepare() == []
    settings.BASE_URL = "https://learn.example.org"
    assert database.prepare() == ["Links of the admin now begin with https://learn.example.org."]
    assert HomePage.objects.get().get_full_url() == "https://learn.example.org/en/"
    settings.BASE_URL = "http://127.0.0.1:8001"
    call_command("prepare", stdout=io.StringIO())
    assert HomePage.objects.get().get_full_url() == "http://127.0.0.1:8001/en/"


def test_an_address_of_another_site_record_is_left_there(standards_are_there, settings):
    home = HomePage.objects.get()
    Site.objects.create(hostname="learn.example.org", port=443, root_page=home)
    settings.BASE_URL = "https://learn.example.org"
    assert not any("Links of the admin" in line for line in database.prepare())


def test_without_a_password_a_link_sets_one(standards_are_there, client, settings):
    out = first_run(**ADA)
    ada = User.objects.get()
    assert not ada.has_usable_password()
    link = next(line.strip() for line in out.splitlines() if "/reset/" in line)
    page = client.get(link.removeprefix(settings.BASE_URL), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert "/reset/" not in first_run()


def test_a_run_that_was_stopped_goes_on(standards_are_there, monkeypatch):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "packages", stop)
    with pytest.raises(CommandError, match="goes on where it stopped") as stopped:
        first_run(**ADA)
    assert stopped.value.returncode == 130
    monkeypatch.setattr(library, "packages", lambda: [])
    assert "ada@example.org is there already" in first_run()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Give --email, or set ADMIN_EMAIL"),
        ({"email": "ada@example.org"}, "Give --name, or set ADMIN_NAME"),
        (ADA | {"email": "ada"}, "valid email address"),
        (ADA | {"country": "Kenya"}, "no two-letter country code"),
        (ADA | {"name": "Dr. Ada"}, "Dr."),
    ],
    ids=["email", "name", "no address", "no country", "a title"],
)
def test_what_is_missing_or_wrong_is_named_and_nobody_is_created(standards_are_there, options, said):
    with pytest.raises(CommandError, match=said):
        first_run(**options)
    assert not User.objects.exists()


def test_a_weak_password_and_a_taken_address_are_refused(standards_are_there, amina, monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "password")
    with pytest.raises(CommandError, match="common"):
        first_run(**ADA)
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="already an account"):
        first_run(**ADA | {"email": amina.email})
    assert not User.objects.filter(is_superuser=True).exists()


def test_at_a_terminal_wrong_answers_are_asked_again(standards_are_there, terminal):
    terminal(
        "ada", "Ada Admin", "Kenya",  # no country
        "KE",  # no address
        "ada@example.org",
        "C99", "none",
        passwords=(PASSWORD, PASSWORD, PASSWORD, "another", PASSWORD, PASSWORD),
    )  # fmt: skip
    out = first_run(no_input=False)
    assert User.objects.get().check_password(PASSWORD)
    assert "two different passwords" in out
    assert "There is no course c99" in out
    assert PASSWORD not in out


def test_what_the_mail_server_says_is_told_and_the_rest_is_done(standards_are_there, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST_PASSWORD = REFUSING, "hunter2"
    with pytest.raises(CommandError) as failed:
        first_run(**ADA)
    assert "refuses the user name or the password. Check EMAIL_URL. (535 5.7.8 bad credentials for …)" in str(
        failed.value
    )
    assert User.objects.filter(is_superuser=True).exists()


def test_at_a_terminal_one_may_go_on_without_mail(standards_are_there, settings, terminal):
    settings.EMAIL_BACKEND = REFUSING
    terminal("y", "n", "", passwords=("",))
    out = first_run(**ADA, no_input=False)
    assert out.count("535") == 3, "tried twice, and listed at the end"
    assert "Still to mend" in out


def test_without_a_mail_server_that_is_said(standards_are_there, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert "EMAIL_URL is not set" in first_run(**ADA)


def test_a_test_email_may_be_sent_again(standards_are_there, administrator):
    first_run(test_email="it@example.org")
    assert [message.to for message in mail.outbox] == [["it@example.org"]]
    first_run()
    assert len(mail.outbox) == 1


def test_only_an_active_administrator_counts(administrator, amina):
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    assert first_administrator() is None
    User.objects.filter(pk=amina.pk).update(is_superuser=True)
    assert first_administrator() == amina


# Settings and services -----------------------------------------------------------------------------


def test_unsafe_settings_stop_it_before_anything_is_changed(settings, monkeypatch):
    settings.PRODUCTION = True
    monkeypatch.setattr(readiness.production, "problems", lambda _environ: ["BASE_URL is missing", "DEBUG is on"])
    with pytest.raises(CommandError, match=r"Nothing was changed.*\n  1. BASE_URL is missing\n  2. DEBUG is on"):
        first_run(**ADA)
    assert not User.objects.exists()


def test_a_database_that_does_not_answer_is_named(monkeypatch):
    def refuse():
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    assert next(iter(readiness._database())).startswith(
        "The database does not answer (connection refused Is the server"
    )


def test_a_folder_that_cannot_be_written_to_is_named(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.COPIES_ROOT = tmp_path / "file" / "copies"
    assert [finding.split(":")[0] for finding in readiness._folders()] == ["COPIES_ROOT"]


# Courses -------------------------------------------------------------------------------------------


def test_the_library_is_listed_and_chosen_by_code_or_folder():
    packages = library.packages()
    assert [(package.code, package.loaded) for package in packages] == [("C1", False), ("C6-S", False), ("C6-W", False)]
    assert [package.code for package in library.choose("c6-s, foundations, C1", packages)] == ["C6-S", "C1"]
    assert library.choose("all", packages) == packages
    assert library.choose("none", packages) == library.choose("", packages) == []
    with pytest.raises(library.UnknownPackage, match=r"no course c9\. Write all, none, or some of: C1, C6-S, C6-W"):
        library.choose("C1,C9", packages)


def test_load_course_takes_a_code_and_lists_what_there_is():
    assert load_course.folder_of("c1") == load_course.folder_of("foundations") == course.LIBRARY / "foundations"
    with pytest.raises(CommandError, match=r"no folder C9\. .*C1 \(foundations\), C6-S"):
        call_command("load_course", "C9")


def test_the_roles_are_there_to_be_given(standards_are_there):
    first_run(**ADA)
    call_command("grant", "ada@example.org", Role.MANAGER, "KE", stdout=io.StringIO())
    assert User.objects.get().scopes.get().country == "KE"
