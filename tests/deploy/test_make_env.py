"""`make env`: secrets for every purpose, nothing overwritten, and lines that every reader reads the same."""

import argparse
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from deploy import make_env
from elearning import production

pytestmark = pytest.mark.once

SCRIPT = Path(settings.BASE_DIR) / "deploy/make_env.py"
ANSWERS = {
    "address": "https://learn.example.org",
    "mail": "smtp://mail.example.org:25",
    "sender": "Care <no@example.org>",
}


@pytest.fixture
def run(tmp_path):
    """Run it without questions. Return what the file sets."""
    path = tmp_path / ".env"

    def make(**options) -> dict[str, str]:
        defaults = {
            "file": str(path),
            "address": "",
            "mail": "",
            "sender": "",
            "insecure_http": False,
            "no_input": True,
        }
        make_env.run(argparse.Namespace(**defaults | options))
        words = shlex.split(path.read_text(), comments=True)
        return dict(word.split("=", 1) for word in words)

    make.path = path
    return make


def test_a_new_file_has_all_that_production_needs(run):
    values = run(**ANSWERS)
    assert values["DEFAULT_FROM_EMAIL"] == "Care <no@example.org>"
    around = {"TRUSTED_PROXIES": "127.0.0.1", "DATABASE_HOST": "db", "REDIS_URL": "redis://redis:6379/0"}
    assert production.problems(values | around) == []
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o600


def test_what_is_there_stays_and_what_is_missing_is_added(run, capsys):
    run.path.write_text("# mine\nSECRET_KEY=short\nCERTIFICATE_NAME_KEY=\nLOG_LEVEL=DEBUG")
    values = run(**ANSWERS)
    assert (values["SECRET_KEY"], values["LOG_LEVEL"]) == ("short", "DEBUG")
    assert len(values["CERTIFICATE_NAME_KEY"]) == 64  # an empty one was missing
    assert run.path.read_text().startswith("# mine\n")
    before = run.path.read_bytes()
    assert run(**ANSWERS) == values
    assert run.path.read_bytes() == before
    assert "Nothing was changed." in capsys.readouterr().out


def test_without_answers_the_rest_is_named(run, capsys):
    values = run()
    assert "BASE_URL" not in values
    out = capsys.readouterr().out
    assert "Still missing: BASE_URL, EMAIL_URL, DEFAULT_FROM_EMAIL." in out
    assert not any(value in out for value in values.values())


def test_http_needs_to_be_asked_for(run):
    with pytest.raises(make_env.WrongAnswer, match="https://"):
        run(address="http://10.0.0.5")
    assert not run.path.exists()
    assert run(address="http://10.0.0.5", insecure_http=True)["INSECURE_HTTP"] == "1"


@pytest.mark.parametrize("address", ["learn.example.org", "https://learn.example.org/path", "ftp://x", "https://"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(make_env.WrongAnswer):
        make_env.check_address(address)


@pytest.mark.parametrize(("port", "scheme"), [("587", "smtp+tls"), ("465", "smtp+ssl"), ("25", "smtp")])
def test_the_port_decides_about_encryption_and_passwords_are_quoted(port, scheme):
    url = make_env.mail_url("mail.example.org", port, "me@example.org", "a/b#c@d%e:f $g")
    assert url == f"{scheme}://me%40example.org:a%2Fb%23c%40d%25e%3Af%20%24g@mail.example.org:{port}"


def test_a_value_that_readers_read_differently_is_refused():
    assert make_env.setting("A", "a $b #c") == "A='a $b #c'"
    for value in ("it's", "a\\b", "a\nb"):
        with pytest.raises(make_env.WrongAnswer):
            make_env.setting("A", value)


def test_interrupted_it_writes_nothing(tmp_path):
    """Also: it runs with the standard library alone (-I -S)."""
    command = [sys.executable, "-I", "-S", "-c", f"import runpy, sys; sys.argv = ['x', '--file', {str(tmp_path / 'e')!r}]; "
               "sys.stdin.isatty = lambda: True; " f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert list(tmp_path.iterdir()) == []
