"""What production must not start with, how its variables are read, and that its processes really refuse."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.signals import beat_init, celeryd_init
from django.conf import settings

from elearning import checks, environment, production
from elearning.weak_secrets import weakness

pytestmark = pytest.mark.once

KEY, OTHER, PASSWORD = "kM3x-" * 2 + "w8Tq2Zr5LbN7cVdF1gHsJ4yP6uEaXo9iRtQm0nK-Bz", "b" + "Zr5LbN7cVd-F1gHsJ4yP6uEaXo9iRtQm0nK" * 1 + "kM3xw8Tq2Wv6Ys5", "pW3/h#8@k%2:z Q7v"  # fmt: skip
SAFE = {
    "SECRET_KEY": KEY,
    "CERTIFICATE_NAME_KEY": OTHER,
    "DATABASE_HOST": "db",
    "DATABASE_PASSWORD": PASSWORD,
    "REDIS_URL": "redis://redis:6379/0",
    "BASE_URL": "https://learn.example.org",
    "TRUSTED_PROXIES": "172.30.57.2",
    "EMAIL_URL": "smtp+tls://user:pass@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "no-reply@example.org",
}


def variables(changes: dict[str, str]) -> list[str]:
    return [problem.variable for problem in production.problems(SAFE | changes)]


def test_safe_settings_have_neither_problems_nor_warnings():
    assert production.problems(SAFE) == []
    assert production.warnings(SAFE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"SECRET_KEY": ""},
        {"SECRET_KEY": "$SECRET_KEY"},
        {"SECRET_KEY": "${SECRET_KEY}" + KEY},
        {"SECRET_KEY": KEY[:49]},
        {"SECRET_KEY": "a" * 60},
        {"SECRET_KEY": "0123456789" * 6},
        {"SECRET_KEY": "changeme" + KEY},
        {"SECRET_KEY": "change-me-" + KEY},
        {"SECRET_KEY": "secret"},
        {"SECRET_KEY": "django-insecure-" + KEY},
        {"SECRET_KEY": "…" + KEY},
        {"CERTIFICATE_NAME_KEY": ""},
        {"CERTIFICATE_NAME_KEY": KEY},  # the same as SECRET_KEY
        {"DATABASE_PASSWORD": "postgres"},
        {"DATABASE_PASSWORD": "$DATABASE_PASSWORD"},
        {"DATABASE_PASSWORD": "short1"},
        {"HEALTH_TOKEN": "short"},
        {"HEALTH_TOKEN": KEY},  # the same as SECRET_KEY
        {"REDIS_PASSWORD": PASSWORD},  # the same as the database's
        {"REDIS_URL": "redis://:secret@redis:6379/0"},
        {"BASE_URL": ""},
        {"BASE_URL": "$BASE_URL"},
        {"BASE_URL": "http://learn.example.org"},
        {"BASE_URL": "learn.example.org"},
        {"BASE_URL": "https://learn.example.org/path"},
        {"BASE_URL": "https://[learn"},
        {"ALLOWED_HOSTS": "*"},
        {"ALLOWED_HOSTS": "other.example.org"},
        {"DEBUG": "1"},
        {"HTTPS": "0"},
        {"TRUSTED_PROXIES": ""},
        {"TRUSTED_PROXIES": "0.0.0.0/0"},
        {"TRUSTED_PROXIES": "caddy"},
        {"TRUSTED_PROXIES": "$PROXIES"},
        {"REDIS_URL": ""},
        {"DATABASE_HOST": "", "DATABASE_PASSWORD": ""},
        {"DATABASE_URL": "postgresql://db/plumbline"},  # beside DATABASE_HOST
        {"EMAIL_URL": "smtp://user:$MAIL_PASSWORD@mail.example.org"},
    ],
    ids=str,
)
def test_each_unsafe_setting_is_the_one_problem(change):
    assert variables(change) == [*change][:1]


@pytest.mark.parametrize(
    "change",
    [
        {"BASE_URL": "http://10.0.0.5", "INSECURE_HTTP": "1"},
        {"ALLOWED_HOSTS": ".example.org"},
        {"TRUSTED_PROXIES": "none"},
        {"TRUSTED_PROXIES": "10.0.0.0/8, ::1"},
        {"DATABASE_PASSWORD": ""},  # a socket, or a server that trusts this machine
        {"DEBUG": "0"},
        {"EMAIL_URL": "smtp://user:%24ecret@mail.example.org", "DEFAULT_FROM_EMAIL": "a@b.org"},
    ],
    ids=str,
)
def test_what_may_be_is_no_problem(change):
    assert variables(change) == []


@pytest.mark.parametrize("password", ["pa/ss", "pa#ss", "pa ss", "12#ss"])
def test_a_url_that_its_password_cuts_off_is_a_problem(password, monkeypatch):
    url = f"postgresql://u:{password}12345678901@db/x"
    found = production.problems(SAFE | {"DATABASE_HOST": "", "DATABASE_PASSWORD": "", "DATABASE_URL": url})
    assert "DATABASE_URL" in [problem.variable for problem in found]
    monkeypatch.setattr(environment.env, "ENVIRON", {"DATABASE_URL": url})
    monkeypatch.setattr(environment.env, "wrong", {})
    environment.database()
    for problem in environment.env.wrong.values():  # without a part of the password, which Python's message would show
        assert "DATABASE_PASSWORD" in str(problem)
        assert password not in str(problem)


def test_all_problems_are_told_at_once_with_an_example_and_without_a_secret():
    found = production.problems({"SECRET_KEY": "hunter2", "DATABASE_PASSWORD": "hunter3"})
    text = production.report(found)
    assert [problem.variable for problem in found] == [
        "SECRET_KEY", "CERTIFICATE_NAME_KEY", "DATABASE_PASSWORD", "BASE_URL", "DATABASE_HOST", "REDIS_URL"
    ]  # fmt: skip
    assert text.count("For example: ") == len(found)
    assert "hunter" not in text


def test_http_and_missing_mail_are_warned_of():
    insecure = SAFE | {"BASE_URL": "http://10.0.0.5", "INSECURE_HTTP": "1", "EMAIL_URL": ""}
    assert [warning.variable for warning in production.warnings(insecure)] == ["INSECURE_HTTP", "EMAIL_URL"]
    assert [w.variable for w in production.warnings(SAFE | {"DEFAULT_FROM_EMAIL": ""})] == ["DEFAULT_FROM_EMAIL"]


def test_what_the_guide_shows_as_a_secret_is_refused():
    guide = (Path(settings.BASE_DIR) / "docs/operate.md").read_text() + (
        Path(settings.BASE_DIR) / "README.md"
    ).read_text()
    shown = re.findall(r"(?:SECRET_KEY|NAME_KEY|PASSWORD)=(\S+)", guide)
    assert [value for value in shown if not weakness(value)] == []


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, []),
        ({"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r"}, []),
        ({"DATABASE_HOST": "db"}, ["REDIS_URL"]),
        ({"REDIS_URL": "redis://r"}, ["DATABASE_HOST"]),
    ],
    ids=str,
)
def test_production_that_is_half_set_is_told(environ, missing):
    assert [problem.variable for problem in production.half_set(environ)] == missing


# Refusing ------------------------------------------------------------------------------------------


@pytest.fixture
def unsafe(monkeypatch):
    monkeypatch.setattr(production, "PRODUCTION", True)
    monkeypatch.setattr(production, "os", SimpleNamespace(environ={"BASE_URL": "https://learn.example.org"}))


@pytest.mark.parametrize("signal", [celeryd_init, beat_init])
def test_worker_and_beat_end_as_they_start(unsafe, signal, capsys):
    with pytest.raises(SystemExit) as ended:
        signal.send(sender=None)
    assert ended.value.code == production.EXIT_CODE
    assert "SECRET_KEY is missing" in capsys.readouterr().err


def test_the_web_server_ends_as_it_starts(unsafe, monkeypatch):
    monkeypatch.delitem(sys.modules, "elearning.wsgi", raising=False)
    with pytest.raises(SystemExit):
        __import__("elearning.wsgi")


def test_a_trial_and_safe_production_start(monkeypatch, capsys):
    monkeypatch.setattr(production, "os", SimpleNamespace(environ=SAFE))
    for is_production in (False, True):
        monkeypatch.setattr(production, "PRODUCTION", is_production)
        production.refuse_to_start()
    assert capsys.readouterr().err == ""


def test_the_system_check_reports_problems_and_warnings(settings, monkeypatch):
    monkeypatch.setattr(checks, "os", SimpleNamespace(environ=SAFE | {"SECRET_KEY": "", "EMAIL_URL": ""}))
    settings.PRODUCTION = False
    assert checks.check_production() == []
    monkeypatch.setattr(checks.os, "environ", {"DATABASE_HOST": "db"})
    assert [message.id for message in checks.check_production()] == ["elearning.W002"]
    monkeypatch.setattr(checks.os, "environ", SAFE | {"SECRET_KEY": "", "EMAIL_URL": ""})
    settings.PRODUCTION = True
    monkeypatch.setattr(sys, "argv", ["manage.py", "check"])
    assert [message.id for message in checks.check_production()] == ["elearning.E001", "elearning.W001"]
    monkeypatch.setattr(sys, "argv", ["manage.py", "grant"])
    assert [message.id for message in checks.check_production()] == ["elearning.E001"]


# Reading -------------------------------------------------------------------------------------------


@pytest.fixture
def variable(monkeypatch):
    values: dict[str, str] = {}
    monkeypatch.setattr(environment.env, "ENVIRON", values)
    monkeypatch.setattr(environment.env, "wrong", {})
    return values


def test_a_password_of_the_database_may_have_any_characters(variable):
    variable |= {"DATABASE_HOST": "db", "DATABASE_PASSWORD": PASSWORD}
    assert environment.database()["PASSWORD"] == PASSWORD
    del variable["DATABASE_HOST"]
    variable["DATABASE_URL"] = "postgresql://u@db:5433/x"
    config = environment.database()
    assert (config["HOST"], config["PORT"], config["USER"], config["PASSWORD"]) == ("db", 5433, "u", PASSWORD)


def test_a_password_of_redis_is_quoted_into_the_url(variable):
    variable |= {"REDIS_URL": "redis://redis:6379/0", "REDIS_PASSWORD": "a/b#c@d%e:f g"}
    assert environment.redis_url() == "redis://:a%2Fb%23c%40d%25e%3Af%20g@redis:6379/0"


def test_an_empty_variable_is_not_set_and_a_dollar_is_no_reference(variable):
    variable |= {"EMPTY": "", "OTHER": "other", "NAME": "$OTHER"}
    assert environment.env.float("EMPTY", default=2.5) == 2.5
    assert environment.env("NAME", default="") == "$OTHER"


@pytest.mark.parametrize("value", ["ten", "10m", "-1", "nan", "inf", "0,5", "$TEN"])
def test_a_wrong_number_is_reported_and_counts_as_not_set(variable, value):
    variable["SWEEP_SECONDS"] = value
    assert environment.env.float("SWEEP_SECONDS", default=10) == 10
    assert str(environment.env.wrong["SWEEP_SECONDS"]).endswith("For example: SWEEP_SECONDS=10")


@pytest.mark.parametrize(
    "url", ["mail.example.org:587", "mail.example.org", "smtp+tls://", "smtp://host:port", "$MAIL"]
)
def test_a_wrong_mail_server_is_none(variable, url):
    variable["EMAIL_URL"] = url
    assert environment.mail_server() == {}
    assert ("smtp+tls://" in str(environment.env.wrong.get("EMAIL_URL"))) == (url != "$MAIL")


WRONG = {
    "DISK_FREE_MB": "abc",
    "READING_SHARE": "0,5",
    "EMAIL_URL": "mail.example.org:587",
    "DATABASE_PORT": "abc",
    "MFA_REQUIRED_OF_STAFF": "yse",
    "REDIS_URL": "127.0.0.1:6379",
    "TRUSTED_PROXIES": "caddy",
    "LOG_LEVEL": "loud",
    "EMAIL_BOUNCE_IMAP_URL": "mail.example.org",
    "SENTRY_DSN": "sentry.example.org",
}


@pytest.mark.parametrize("database", [{}, {"DATABASE_HOST": "db", "DATABASE_URL": ""}], ids=["trial", "production"])
def test_all_wrong_values_end_every_process_with_one_line_each(tmp_path, database):
    values = {**os.environ, "DATABASE_URL": "", **WRONG, **database, "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR, env=values, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("  ")]
    read = set(WRONG) if database else set(WRONG) - {"DATABASE_PORT"}
    assert (done.returncode, "Traceback" in done.stderr) == (production.EXIT_CODE, False)
    assert read <= set(lines)
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    ("environ", "is_production"),
    [
        ({}, False),
        ({"BASE_URL": "http://127.0.0.1:8000"}, False),
        ({"DATABASE_URL": "sqlite:////tmp/db"}, False),
        ({"DATABASE_URL": "postgresql://db/x", "DEBUG": "1"}, False),
        ({"DATABASE_HOST": "db"}, True),
        ({"DATABASE_URL": "postgresql://db/x"}, True),
        ({"DATABASE_URL": "postgresql://db/x", "DEBUG": "1", "BASE_URL": "https://learn.example.org"}, True),
        ({"BASE_URL": "https://learn.example.org"}, True),
    ],
    ids=str,
)
def test_an_address_or_a_database_server_makes_production(variable, monkeypatch, environ, is_production):
    monkeypatch.setattr(environment, "EMBEDDED", True)
    variable |= environ
    assert environment.is_production() == is_production
