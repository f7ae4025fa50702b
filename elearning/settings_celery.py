"""Settings of Celery and the outboxes. `elearning.settings` imports them all.

The database is the queue of record; the broker only wakes the worker (ARCHITECTURE.md, "The outbox").
"""

from celery.schedules import crontab

from elearning.environment import EMBEDDED, REDIS_URL, VAR, env

if EMBEDDED:
    BROKER = VAR / "broker"
    for part in ("queue", "processed"):
        (BROKER / part).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "elearning.kombu_transports:FolderTransport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER / "queue"),
        "data_folder_out": str(BROKER / "queue"),
        "processed_folder": str(BROKER / "processed"),
        "control_folder": str(BROKER / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT = "elearning.kombu_transports:RedisTransport"
    # Publishing must fail fast: otherwise a hung Redis holds a request for 25 s.
    BROKER_SECONDS = env.float("BROKER_SECONDS", default=0.3)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": BROKER_SECONDS,
        "socket_connect_timeout": BROKER_SECONDS,
        "retry_on_timeout": False,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
        "visibility_timeout": 900,
        "unacked_restore_throttle": 1,
        "global_keyprefix": env("BROKER_PREFIX", default=""),
    }
    CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A full or read-only Redis refuses commands for a while. The worker retries instead of ending.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# The embedded broker is polled ten times a second, so each thread prefetches messages. The sweep replaces lost ones.
CELERY_WORKER_PREFETCH_MULTIPLIER = 8 if EMBEDDED else 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
LEASE_SECONDS = env.float("LEASE_SECONDS", default=30)  # how long an outbox row is claimed; fault tests use less
CELERY_TASK_TIME_LIMIT = env.float("TASK_SECONDS", default=20)  # shorter than the lease
WORKER_MEMORY_MB = env.int("WORKER_MEMORY_MB", default=1024)  # of one worker process; a certificate needs about 100
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=10)
# A task that sends waiting emails begins none after SWEEP_SECONDS, and each takes a task's limit at most.
EMAIL_RUN_LIMIT = CELERY_TASK_TIME_LIMIT + SWEEP_SECONDS
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}}
    for name in (
        "elearning.tasks.sweep",
        "accounts.tasks.sweep",
        "accounts.emails.tasks.send_waiting",
        "courses.tasks.sweep",
        "courses.tasks.tell",
        "quizzes.tasks.sweep",
        "accounts.tasks.seal",
        "privacy.tasks.sweep",
    )
} | {
    "elearning.tasks.publish_scheduled": {"task": "elearning.tasks.publish_scheduled", "schedule": 60},
    # Without EMAIL_BOUNCE_IMAP_URL it does nothing.
    "accounts.emails.tasks.read_bounces": {
        "task": "accounts.emails.tasks.read_bounces",
        "schedule": 300,
        "options": {"expires": 300},
    },
    "certificates.tasks.tidy": {"task": "certificates.tasks.tidy", "schedule": 900, "options": {"expires": 900}},
    "accounts.tasks.tidy": {"task": "accounts.tasks.tidy", "schedule": 3600, "options": {"expires": 3600}},
    # Once a night, since it reads the whole chain.
    "accounts.tasks.verify": {"task": "accounts.tasks.verify", "schedule": crontab(hour=2, minute=30)},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
