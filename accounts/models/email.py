"""Emails to people, as rows of the outbox, and the lease of the task that sends those that can wait."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.outbox import NOT_DONE, OutboxQuerySet, OutboxRow, Retries

TRIED_FOR = timedelta(days=2)  # from the first try of an email
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


class Urgency(models.IntegerChoices):
    """How soon an email leaves. Each kind has one: accounts.emails.kinds."""

    URGENT = 1, _("at once")  # somebody waits for it in front of a page
    NORMAL = 2, _("soon")
    BULK = 3, _("when there is time")  # many at once, so they leave at EMAIL_BULK_PER_MINUTE


class EmailQuerySet(OutboxQuerySet):
    def to_wake(self) -> Self:
        """Urgent emails. The others leave one after another: accounts.emails.waiting."""
        return super().to_wake().filter(urgency=Urgency.URGENT)


class Email(OutboxRow):
    """One email to one person. Written by accounts.emails.outgoing, delivered by accounts.emails.delivery."""

    PERSON = "user"
    RETRIES = Retries.within(TRIED_FOR, *WAITS)
    dedupe_key = models.CharField(max_length=200)
    message_id = models.CharField(max_length=200, editable=False)
    to = models.EmailField(_("email address"))
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="emails")
    kind = models.CharField(_("kind"), max_length=60)
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.URGENT)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    # How often the server took the whole email and did not answer. Nobody knows whether it will deliver it.
    unconfirmed = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = EmailQuerySet.as_manager()  # type: ignore[misc]

    class Meta(OutboxRow.Meta):
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        # Each column is indexed here: `unique` or `db_index` would add a second index, for LIKE, which no query uses.
        constraints = [
            # A cause may be handled twice (a task that runs twice, a sweep and a wake), but its email is sent once.
            models.UniqueConstraint(fields=["dedupe_key"], name="email_once_a_cause")
        ]
        indexes = [
            *OutboxRow.Meta.indexes,
            models.Index(fields=["urgency", "due_at"], condition=NOT_DONE, name="email_queue"),
            models.Index(fields=["message_id"], name="email_by_message_id"),
            models.Index(fields=["to"], name="email_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SendingLease(models.Model):
    """One row. The task that holds it sends the emails that can wait. Written by accounts.emails.waiting only."""

    held_until = models.DateTimeField(default=timezone.now)
    next_bulk_at = models.DateTimeField(default=timezone.now)  # when the next bulk email may leave

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"until {self.held_until}"
