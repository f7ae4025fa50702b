"""The entries of the audit trail and their seals."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """The digest of a batch of audit entries, one link of the chain. Appended by accounts.audit.trail.seal(), never changed."""

    # The primary key: if two beat processes seal at once, the second one fails on the number.
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
    """Who did what to whose records, as ids only. Appended by accounts.audit.trail.record().

    Triggers (migration 0001) refuse every change of a row except setting its seal once.
    """

    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("what"), max_length=40)
    # Not a foreign key: the entry outlives the person, and the uuid alone does not identify them.
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
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["actor"]),
            # For the oldest entry without a seal, which the health page asks for too.
            models.Index(fields=["at"], condition=models.Q(seal=None), name="audit_unsealed"),
            # For the time of the last backup, which the health page asks for at every call.
            models.Index(fields=["-at"], condition=models.Q(verb="backup.made"), name="backups_made"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
