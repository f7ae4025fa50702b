"""Send errors to Sentry, if SENTRY_DSN names one. What leaves is less than what the log keeps.

Sentry may be outside the operator's hands. So an event is built anew from what cannot be about a person: which exception,
where in the code, which view, which request id. The message of the exception stays in the log of that request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

from elearning.logging import redact
from elearning.version import VERSION

Event = dict[str, Any]
ABOUT_CODE = ("event_id", "timestamp", "level", "platform", "logger", "transaction", "release", "environment", "sdk")
ABOUT_A_FRAME = (
    *("filename", "abs_path", "module", "function", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),
)
# The middleware and Django log what the integration of Django has sent already.
LOGGED_TWICE = ("django_structlog.middlewares.request", "django.request")


def start(dsn: str, **more: Any) -> None:
    """Send the errors of this process to this DSN. Raises ImproperlyConfigured when sentry-sdk is not installed."""
    try:
        import sentry_sdk  # noqa: PLC0415 - an optional package
        from sentry_sdk.integrations.logging import ignore_logger  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN is set, but sentry-sdk is not installed (extra: monitoring).") from error
    sentry_sdk.init(**options(dsn), **more)
    for name in LOGGED_TWICE:
        ignore_logger(name)


def options(dsn: str) -> dict[str, Any]:
    return {
        "dsn": dsn,
        "release": f"plumbline@{VERSION}",
        "send_default_pii": False,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "auto_session_tracking": False,
        "before_breadcrumb": no_breadcrumb,
        "before_send": discreet,
    }


def no_breadcrumb(_crumb: Event, _hint: Event) -> None:
    """Drop every breadcrumb: they hold log messages, addresses of requests and database queries."""


def discreet(event: Event, hint: Event) -> Event:
    """Return a new event with what is about the code, redacted as the log is, and the id of the request and the person."""
    kept: Event = {name: event[name] for name in ABOUT_CODE if name in event}
    if "exception" in event:
        kept["exception"] = {"values": [_exception(value) for value in event["exception"].get("values", [])]}
    if "log_record" in hint:
        kept["logentry"] = {"message": _title(hint["log_record"].msg)}
    request = event.get("request", {})
    kept["request"] = {name: request[name].partition("?")[0] for name in ("method", "url") if name in request}
    context = structlog.contextvars.get_contextvars()
    kept["tags"] = {name: str(context[name]) for name in ("request_id", "task_id") if name in context}
    if context.get("user_id") is not None:
        kept["user"] = {"id": str(context["user_id"])}
    return _redacted(kept)


def _exception(value: Mapping[str, Any]) -> Event:
    frames = value.get("stacktrace", {}).get("frames", [])
    kept = {name: value[name] for name in ("type", "module") if name in value}
    return kept | {
        "value": "The message is in the log of this request.",
        "stacktrace": {"frames": [{name: frame[name] for name in ABOUT_A_FRAME if name in frame} for frame in frames]},
    }


def _title(message: Any) -> str:
    """The name of one of our log events, or the message of a library before its values are put in."""
    return str(message.get("event", "")) if isinstance(message, dict) else str(message)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(item) for name, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list | tuple) else value
