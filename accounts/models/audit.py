"""The audit trail: its entries, and the seals that close them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """What closes a batch of audit entries: a link of a chain. Appended by accounts.audit.trail.seal(), never changed."""

    # Two beats at once: one of them makes the next link, the other finds the number taken.
    number = models.PositiveIntegerField(primary_key=True)
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("seal of the audit trail")
        ordering = ["number"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"


class AuditEntry(models.Model):
    """Who did what to whose records: ids only. Appended by accounts.audit.trail.record(); held by triggers (migration 0001).

    No row is changed or removed; the one thing that happens to it is to be given its seal, once.
    """

    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("what"), max_length=40)
    # No foreign key: the entry outlives the person, and their id alone tells nobody who they were.
    actor = models.UUIDField(null=True)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    ids = models.JSONField(default=dict)
    seal = models.ForeignKey(Seal, null=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        verbose_name = _("entry of the audit trail")
        verbose_name_plural = _("audit trail")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["object_type", "object_id"]), models.Index(fields=["actor"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
