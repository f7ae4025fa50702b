"""Changes of what a person signs in with, each with the state before it, so that it can be undone."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.scoping import PersonalQuerySet


class AccountChange(models.Model):
    """One change, and how the account was before. Written by accounts.changes only.

    The link in the email to `address` puts that back, once and until `expires_at`.
    """

    PERSON = "user"

    class Kind(models.TextChoices):
        ADDRESS = "address", _("email address")
        PASSWORD = "password", _("password")
        SECOND_STEP_ON = "second_step_on", _("two-step sign-in turned on")
        SECOND_STEP_OFF = "second_step_off", _("two-step sign-in turned off")
        CODES = "codes", _("new recovery codes")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="account_changes")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    address = models.EmailField()
    # The rows of allauth's Authenticator: id, type and data, whose secrets are encrypted.
    second_steps = models.JSONField(default=list)
    expires_at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a sign-in")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
