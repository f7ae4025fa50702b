"""Logging: one JSON line for each event, with the request id, which django-structlog passes on to tasks."""

import re
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog import signals
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import Processor

# Some URLs contain a secret key, and more people read a log than a mailbox.
SECRET_PART = re.compile(r"(/(?:reset/key|confirm-email|undo|emails/off|certificates)/)(?!mine/)[^/?\s\"']+")
EMAIL_ADDRESS = re.compile(r"[^\s\"'<>()\[\]=,;:]+@[\w.-]+")
# PostgreSQL quotes a refused row in its error message.
QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


def redact(text: str) -> str:
    """Return the text without email addresses, keys in URLs and quoted database rows."""
    return QUOTED_ROW.sub(r"\1: left out", EMAIL_ADDRESS.sub("(address)", SECRET_PART.sub(r"\1(key)", text)))


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact every text of a log event. Runs as the last processor, so it covers libraries too."""
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}


class RequestLogMiddleware(RequestMiddleware):
    """Log one line a request: path, view, status and milliseconds. No query string: search words may be personal."""

    def prepare(self, request: HttpRequest) -> None:
        request.began_at = time.perf_counter()  # type: ignore[attr-defined]
        super().prepare(request)

    @staticmethod
    def format_request(request) -> str:
        return f"{request.method} {request.path}"


@receiver(signals.bind_extra_request_finished_metadata)
@receiver(signals.bind_extra_request_failed_metadata)
def add_view_and_duration(request: HttpRequest, log_kwargs: dict[str, Any], **_kwargs: Any) -> None:
    """Add to the line of a request which view answered and how long it took until its first byte."""
    log_kwargs["view"] = view_name(request)
    log_kwargs["ms"] = round((time.perf_counter() - request.began_at) * 1000)  # type: ignore[attr-defined]


def view_name(request: HttpRequest) -> str:
    """Return the name of the URL pattern of a request; "none" when there is none or a middleware answered."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else "none"


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
    redact_event,
]


def logging_config(level: str) -> dict:
    """Return Django's LOGGING: JSON lines to stderr. JSON escapes typed line breaks, so nobody can forge a log line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
                "foreign_pre_chain": SHARED_PROCESSORS,
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False},
            "kombu": {"level": "ERROR"},
            "django_tasks": {"level": "WARNING"},
            "wagtail": {"level": "WARNING"},
        },
    }


def configure(remember_loggers: bool) -> None:
    """Send structlog's events through the handlers of logging_config()."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=remember_loggers,
    )
