"""Settings of emails. `elearning.settings` imports them all."""

from elearning.environment import VAR, env, mail_server
from elearning.settings_celery import CELERY_TASK_TIME_LIMIT

if server := mail_server():
    vars().update(server)
    if server["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "accounts.emails.smtp.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(env("MAIL_DIR", default=str(VAR / "mail")))
# Seconds of the whole conversation with the mail server, below the hard limit of a task.
EMAIL_TIMEOUT = max(1, CELERY_TASK_TIME_LIMIT - 2)
# Emails to many people at once, such as about a release. Ask the mail service how many it takes.
EMAIL_BULK_PER_MINUTE = max(1, env.int("EMAIL_BULK_PER_MINUTE", default=120))
# Emails that come back: imaps://user:password@host/INBOX, and the secret of /hooks/email-bounces/. Off while empty.
EMAIL_BOUNCE_IMAP_URL = env("EMAIL_BOUNCE_IMAP_URL", default="")
if EMAIL_BOUNCE_IMAP_URL and not EMAIL_BOUNCE_IMAP_URL.startswith(("imap://", "imaps://", "$")):
    env.refuse("EMAIL_BOUNCE_IMAP_URL", "must begin with imaps://", "imaps://user:password@mail.example.org/INBOX")
EMAIL_BOUNCE_SECRET = env("EMAIL_BOUNCE_SECRET", default="")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Plumbline <no-reply@example.org>")
