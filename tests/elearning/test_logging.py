"""No log line identifies a person: email addresses, keys in links and quoted rows are redacted, whoever logs."""

import json
import logging
import logging.config

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import User
from elearning import logging as elearning_logging
from tests.support import canary

pytestmark = pytest.mark.once


@pytest.fixture
def lines():
    """The lines that the log handler of the product would write."""
    written: list[str] = []
    config = elearning_logging.logging_config("INFO")
    formatter = logging.config.DictConfigurator(config).configure_formatter(dict(config["formatters"]["json"]))

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("550 no such box: amina@example.org", "550 no such box: (address)"),
        ("GET /en/accounts/password/reset/key/1-abc-def/", "GET /en/accounts/password/reset/key/(key)/"),
        ("Not Found: /ar/accounts/confirm-email/MQ:xyz/", "Not Found: /ar/accounts/confirm-email/(key)/"),
        ("GET /en/certificates/K7QM-2X9D-HT4V-RB3P/pdf/", "GET /en/certificates/(key)/pdf/"),
        ("GET /en/certificates/mine/", "GET /en/certificates/mine/"),
        ("refused\nDETAIL:  Key (name)=(Amina Yusuf) already exists.", "refused\nDETAIL: left out"),
    ],
)
def test_a_line_is_redacted(text, logged):
    assert elearning_logging.redact(text) == logged


@pytest.mark.django_db
def test_a_visit_leaves_no_word_of_the_person_in_the_log(client, lines):
    person = canary.person()
    client.raise_request_exception = False
    client.post(reverse("account_login"), {"login": canary.MAIL, "password": "wrong"})
    client.post(reverse("account_login"), {"login": canary.MAIL, "password": canary.PASSWORD})
    client.post(reverse("account_reset_password"), {"email": canary.MAIL})
    client.force_login(person)
    client.post(reverse("profile"), {"name": canary.NAME, "licence_number": canary.WORDS["licence"]})
    client.get(reverse("catalogue"), {"q": canary.WORDS["name"]})
    client.get(reverse("account_reset_password_from_key", args=["1", canary.WORDS["token"]]))
    client.get(f"/en/certificates/{canary.WORDS['token']}/")
    client.post(f"/en/nowhere/?mail={canary.MAIL}")
    client.post(reverse("account_signup"), {"email": canary.MAIL, "name": canary.NAME})
    logging.getLogger("smtp").error("refused for %s", canary.MAIL)
    try:
        with transaction.atomic():
            User.objects.create(email=canary.MAIL, name="other", country="KE")
    except DatabaseError:
        logging.getLogger("anywhere").exception("not saved")
    text = "\n".join(lines)
    assert len(lines) > 10
    assert [word for word in canary.spelled() if word in text] == []
    assert all(json.loads(line) for line in lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "view", "code"),
    [
        ("/en/accounts/help/?q=Amina", "help", 200),
        ("/en/no/such/page/", "wagtail_serve", 404),
        ("/no-such-file.php", "none", 404),
        ("/en/accounts/privacy/", "privacy", 500),
    ],
)
def test_a_request_is_one_line_with_its_view_status_and_duration(client, lines, monkeypatch, path, view, code):
    logging.getLogger().setLevel(logging.INFO)
    client.raise_request_exception = False
    if code == 500:
        monkeypatch.setattr("privacy.registry.purposes", lambda: 1 / 0)
    client.get(path)
    (line,) = [line for line in map(json.loads, lines) if line["event"].startswith("request_")]
    assert (line["view"], line["code"], line["request"]) == (view, code, f"GET {path.partition('?')[0]}")
    assert 0 <= line["ms"] < 60_000
    assert "Amina" not in str(line)


@pytest.mark.django_db
def test_control_without_redaction_the_log_identifies_the_person(client, lines, monkeypatch):
    monkeypatch.setattr(elearning_logging, "redact", lambda text: text)
    logging.getLogger("smtp").error("refused for %s", canary.MAIL)
    assert canary.WORDS["mail"] in "".join(lines)
