"""Emails to people, as rows of the outbox."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.outbox import OutboxRow


class Email(OutboxRow):
    """One email to one person. Written by accounts.emails.outgoing, delivered by accounts.emails.delivery."""

    PERSON = "user"
    # The same cause may be handled twice (a task that runs twice, a sweep and a wake), but the email is sent once.
    dedupe_key = models.CharField(max_length=200, unique=True)
    message_id = models.CharField(max_length=200, editable=False)
    to = models.EmailField()
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="emails")
    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)

    class Meta:
        verbose_name = _("email")
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["done_at"]),  # health asks for the newest one
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
