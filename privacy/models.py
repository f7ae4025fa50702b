"""Requests for a data copy and for erasure."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.outbox import UNFINISHED, OutboxRow, OutboxState


class DataCopy(OutboxRow):
    """A request for a data copy, and its file, which is kept for a day.

    Written by privacy.requests and privacy.exports only.
    """

    PERSON = "user"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_copies")
    asked_at = models.DateTimeField(default=timezone.now)
    size = models.PositiveBigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta(OutboxRow.Meta):
        verbose_name = _("copy of personal data")
        ordering = ["-asked_at"]
        default_permissions = ()
        constraints = [
            # A double click must not make two files.
            models.UniqueConstraint(fields=["user"], condition=Q(state__in=UNFINISHED), name="one_copy_in_the_making")
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def path(self) -> Path:
        return Path(settings.COPIES_ROOT) / f"{self.uuid}.zip"

    @property
    def fetchable(self) -> bool:
        return bool(self.state == OutboxState.DONE and self.expires_at and self.expires_at > timezone.now())


class Erasure(OutboxRow):
    """The request to erase a person, and when it was done. Written by privacy.requests and privacy.erasure only.

    The row outlives the person and keeps only their uuid. If a restored backup brings the person back, they can be
    erased again by this uuid.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Unique: if both the person and staff ask, the erasure is done once.
    person = models.UUIDField(unique=True)
    by = models.UUIDField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta(OutboxRow.Meta):
        verbose_name = _("erasure")
        ordering = ["-asked_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.uuid)
