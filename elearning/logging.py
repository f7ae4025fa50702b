"""How the product writes its log: one JSON line an event, with the request id, which django-structlog hands on to the task."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import Processor

# What opens something by being known stands in some addresses; a log is read by more people than a mailbox.
SECRET_PART = re.compile(r"(/(?:reset/key|confirm-email|certificates)/)(?!mine/)[^/?\s\"']+")
MAIL_ADDRESS = re.compile(r"[^\s\"'<>()\[\]=,;:]+@[\w.-]+")
# PostgreSQL quotes the row that it refuses.
QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


def discreet(text: str) -> str:
    """The text without mail addresses, keys of links and quoted rows."""
    return QUOTED_ROW.sub(r"\1: left out", MAIL_ADDRESS.sub("(address)", SECRET_PART.sub(r"\1(key)", text)))


def leave_out_people(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last look at whatever is logged, ours or a library's."""
    return {name: discreet(value) if isinstance(value, str) else value for name, value in event.items()}


class RequestLogMiddleware(RequestMiddleware):
    """Requests are logged by their path: what was searched for stays in the question mark's shadow."""

    @staticmethod
    def format_request(request) -> str:
        return f"{request.method} {request.path}"


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
    leave_out_people,
]


def logging_config(level: str) -> dict:
    """Django's LOGGING: everything to stderr; JSON, so that a newline somebody typed cannot begin a line of its own."""
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
    """Send structlog's events through the same handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=remember_loggers,
    )
