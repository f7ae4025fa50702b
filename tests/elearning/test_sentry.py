"""Sentry: an event has what is about the code and nothing that a person has typed."""

import json
import logging
import sys
from types import SimpleNamespace

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from elearning import sentry
from tests.support import canary

pytestmark = pytest.mark.once
FORM = {"name": canary.NAME, "email": canary.MAIL, "licence_number": canary.WORDS["licence"]}
RAISED = ValueError(f"refused: {FORM}")
DSN = "http://public@127.0.0.1:9/1"

# What sentry-sdk hands to before_send, with everything that its options already keep out.
EVENT = {
    "event_id": "1",
    "level": "error",
    "transaction": "/en/accounts/reset/key/1-abc-def/",
    "release": "plumbline@1",
    "server_name": "web",
    "user": {"id": "3", "email": canary.MAIL, "ip_address": "127.0.0.1"},
    "request": {
        "method": "POST",
        "url": f"http://learn.example.org/en/certificates/{canary.WORDS['token']}/?q={canary.WORDS['name']}",
        "query_string": f"q={canary.WORDS['name']}",
        "data": FORM,
        "cookies": {"sessionid": canary.WORDS["token"]},
        "headers": {"Cookie": canary.WORDS["token"], "Referer": canary.MAIL},
        "env": {"REMOTE_ADDR": "127.0.0.1"},
    },
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "module": "builtins",
                "value": str(RAISED),
                "stacktrace": {
                    "frames": [{"filename": "views.py", "lineno": 7, "vars": FORM, "context_line": "save()"}]
                },
            }
        ]
    },
    "logentry": {"message": str(RAISED), "formatted": str(RAISED), "params": [canary.NAME]},
    "breadcrumbs": {"values": [{"message": canary.NAME}]},
    "extra": {"sys.argv": [canary.MAIL], "name": canary.NAME},
    "contexts": {"form": FORM},
    "tags": {"name": canary.NAME},
}


def words_in(sent) -> list[str]:
    text = json.dumps(sent, ensure_ascii=False, default=str)
    return [word for word in canary.spelled() if word in text]


def test_an_event_keeps_the_place_in_the_code_and_no_word_of_a_person():
    record = SimpleNamespace(msg={"event": "outbox_failed", "error": canary.NAME})
    with structlog.contextvars.bound_contextvars(request_id="r1", user_id=3):
        sent = sentry.discreet(EVENT, {"log_record": record})
    assert words_in(EVENT) != []
    assert words_in(sent) == []
    (exception,) = sent["exception"]["values"]
    frame = {"filename": "views.py", "lineno": 7, "context_line": "save()"}
    assert (exception["type"], exception["stacktrace"]["frames"]) == ("ValueError", [frame])
    assert sent["logentry"] == {"message": "outbox_failed"}
    assert sent["request"] == {"method": "POST", "url": "http://learn.example.org/en/certificates/(key)/"}
    assert (sent["tags"], sent["user"]) == ({"request_id": "r1"}, {"id": "3"})
    assert sent.keys().isdisjoint({"breadcrumbs", "extra", "contexts", "server_name"})


def test_the_options_ask_for_nothing_personal_and_drop_every_breadcrumb():
    options = sentry.options(DSN)
    assert (options["send_default_pii"], options["include_local_variables"]) == (False, False)
    assert (options["max_request_body_size"], options["before_send"]) == ("never", sentry.discreet)
    assert options["before_breadcrumb"]({"message": "SELECT 1"}, {}) is None


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ImproperlyConfigured, match="monitoring"):
        sentry.start(DSN)


@pytest.fixture
def sent():
    """What the real SDK would send, kept in memory. Without the integrations that patch Django and Celery for good."""
    sdk = pytest.importorskip("sentry_sdk", reason="the extra `monitoring`")
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.transport import Transport

    kept: list = []

    class Keep(Transport):
        def capture_envelope(self, envelope):
            kept.extend(item.payload.json or str(item.payload.get_bytes()) for item in envelope.items)

    few = {"default_integrations": False, "auto_enabling_integrations": False, "integrations": [LoggingIntegration()]}
    sentry.start(DSN, transport=Keep, **few)
    yield kept
    sdk.flush()
    sdk.init()  # without a DSN: off


def test_the_real_sdk_sends_an_exception_in_a_form_and_a_logged_error_without_a_word_of_the_person(sent):
    sdk = pytest.importorskip("sentry_sdk")
    request = RequestFactory().post("/en/accounts/details/?q=" + canary.WORDS["name"], FORM)
    with sdk.isolation_scope() as scope:
        scope.set_user({"email": canary.MAIL})
        scope.set_extra("form", request.POST.dict())
        sdk.add_breadcrumb(message=canary.NAME)
        try:
            typed = request.POST["name"]  # a local variable of the frame
            raise ValueError(typed)
        except ValueError as error:
            sdk.capture_exception(error)
        logging.getLogger("anywhere").error("not saved for %s", canary.MAIL)
    sdk.flush()
    assert "ValueError" in json.dumps(sent, default=str)
    assert "not saved for %s" in json.dumps(sent, default=str)
    assert words_in(sent) == []
