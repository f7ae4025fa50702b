"""The settings of the product without one protection, which CARELESS names. For negative controls."""

import os

from elearning.settings import *  # noqa: F403
from elearning.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES

match os.environ["CARELESS"]:
    case "waiting for the broker":  # the defaults of Celery and kombu
        _prefix = CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": _prefix}
        CELERY_BROKER_CONNECTION_TIMEOUT = 4
        CELERY_TASK_PUBLISH_RETRY = True
    case "ending when refused":
        CELERY_BROKER_CHANNEL_ERROR_RETRY = False
    case "trusting old connections":
        DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    case "SQLite as it comes":  # no WAL, a late lock and a short timeout
        DATABASES["default"]["OPTIONS"] = {"timeout": 0.1}
    case "reading half messages":
        CELERY_BROKER_TRANSPORT = None
    case other:
        raise ValueError(other)
