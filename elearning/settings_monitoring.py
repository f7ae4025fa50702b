"""Settings of health, metrics, request log and Sentry. `elearning.settings` imports them all."""

import logging as standard_logging
from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

from elearning import sentry
from elearning.environment import EMBEDDED, env

# Health ----------------------------------------------------------------------------------------
# Whoever sends `Authorization: Bearer <HEALTH_TOKEN>` sees the details of /health/ and reads /metrics. Empty: nobody.
HEALTH_TOKEN = env("HEALTH_TOKEN", default="")
# A worker or beat that was not heard of for so many seconds is reported. They report six times as often.
HEARTBEAT_LIMIT = env.float("HEARTBEAT_LIMIT", default=60)
DISK_FREE_MB = env.int("DISK_FREE_MB", default=1024)  # less free space is reported
# A last backup older than this is reported. 0: backups are not watched, as in the sample installation.
BACKUP_HOURS = env.float("BACKUP_HOURS", default=0 if EMBEDDED else 36)
# Beat goes round at least as often as it reports.
CELERY_BEAT_MAX_LOOP_INTERVAL = HEARTBEAT_LIMIT / 6
CELERY_BEAT_SCHEDULER = "elearning.heartbeats:HeartbeatScheduler"

# Metrics ---------------------------------------------------------------------------------------
# The package comes with the extra `monitoring`. deploy/gunicorn.conf.py prepares what its processes share.
METRICS = find_spec("prometheus_client") is not None

# Request log -----------------------------------------------------------------------------------
# One line a request, when it is answered. LOG_LEVEL=DEBUG adds one when it comes.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = standard_logging.DEBUG

# Sentry ----------------------------------------------------------------------------------------
SENTRY_DSN = env("SENTRY_DSN", default="")
if SENTRY_DSN:
    try:
        sentry.start(SENTRY_DSN)
    except (ValueError, ImproperlyConfigured) as error:
        env.refuse("SENTRY_DSN", f"cannot be used ({error})", "https://key@sentry.example.org/1")
