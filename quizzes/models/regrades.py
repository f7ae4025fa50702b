"""Regrades of faulty questions, and what they change for whom. quizzes.regrades.verbs and quizzes.regrades.worker write them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.outbox import OutboxQuerySet, OutboxRow
from accounts.scoping import PersonalQuerySet
from quizzes.corrections import Choice, Fix
from quizzes.models.questions import QuestionVersion


class Stage(models.TextChoices):
    LOOKING = "looking", _("Finding who is affected")
    LOOKED = "looked", _("Ready to be applied")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    REVERTING = "reverting", _("Being reverted")
    REVERTED = "reverted", _("Reverted")


# A pass that a regrade gave by mistake goes with it for so long. Later it stays, and only a person takes it, with a reason.
TAKES_BACK = timedelta(days=1)
IN_FORCE = (Stage.APPLYING, Stage.APPLIED)


class RegradeQuerySet(OutboxQuerySet):
    def in_force(self) -> Self:
        """Regrades that count for every paper now, in the order in which they were applied."""
        return self.filter(stage__in=IN_FORCE).order_by("applied_at", "pk")

    def reverted(self) -> Self:
        """Regrades that were in force and are reverted, or being reverted."""
        return self.filter(stage__in=(Stage.REVERTING, Stage.REVERTED))


# It has a name so that mypy accepts it in place of the manager of OutboxRow.
RegradeManager = models.Manager.from_queryset(RegradeQuerySet)


class Regrade(OutboxRow):
    """One correction of one question version, for everybody who was asked it.

    One person proposes it, another one applies or reverts it (quizzes.permissions). The outbox row is unfinished while
    the worker still has to look, to apply or to revert.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="regrades")
    choice = models.CharField(_("correction"), max_length=10, choices=Choice)
    answer = models.JSONField(null=True)
    reason = models.CharField(_("reason"), max_length=250)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.LOOKING)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(_("started"), default=timezone.now)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField(_("applied at"), null=True)
    reverted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reverted_at = models.DateTimeField(_("reverted at"), null=True)
    revert_reason = models.CharField(_("reason for reverting"), max_length=250, blank=True)
    # The progress of this stage: attempts up to this id are done.
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    objects: ClassVar[RegradeManager] = RegradeManager()

    class Meta(OutboxRow.Meta):
        verbose_name = _("regrade")
        verbose_name_plural = _("regrades")
        ordering = ["-made_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version}: {self.get_choice_display()}"

    @property
    def fix(self) -> Fix:
        return Fix(self.choice, self.answer)

    @property
    def takes_back(self) -> bool:
        """Whether reverting it took back, or takes back, the passes that it alone gave: it came within TAKES_BACK."""
        if self.applied_at is None or self.reverted_at is None:
            return False
        return self.reverted_at - self.applied_at <= TAKES_BACK

    @property
    def takes_back_until(self) -> datetime | None:
        return self.applied_at + TAKES_BACK if self.applied_at else None


class Change(models.Model):
    """What a regrade does to one attempt, as the worker computed it before anything was applied.

    An attempt has a row if its result changes, or if it keeps a pass that its new score would not give.
    """

    PERSON = "attempt__enrolment__learner"
    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="changes", db_index=False)
    attempt = models.ForeignKey("quizzes.Attempt", on_delete=models.CASCADE, related_name="changes")
    score_before = models.DecimalField(max_digits=8, decimal_places=3)
    score_after = models.DecimalField(max_digits=8, decimal_places=3)
    max_after = models.DecimalField(max_digits=8, decimal_places=3)
    passed_before = models.BooleanField()
    # Whether the new score alone would pass. An attempt that was passed before stays passed.
    reaches = models.BooleanField()
    certified = models.BooleanField(help_text="Whether a valid certificate exists for the course of this test.")

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("change by a regrade")
        default_permissions = ()
        constraints = [
            # A slice that is repeated after the worker was killed must not add its rows twice.
            models.UniqueConstraint(fields=["regrade", "attempt"], name="regrade_changes_once")
        ]

    @property
    def gains(self) -> bool:
        return self.reaches and not self.passed_before

    @property
    def keeps(self) -> bool:
        """Whether the person keeps a pass that the new score alone would not give."""
        return self.passed_before and not self.reaches

    @property
    def outcome(self) -> str:
        """The result, in words, of an attempt that does not gain a pass from this regrade."""
        if self.keeps:
            return gettext("Below the pass mark, but keeps the pass")
        return gettext("Passed, as before") if self.reaches else gettext("Not passed, as before")
