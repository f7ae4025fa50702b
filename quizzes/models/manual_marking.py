"""Scripts that people mark, and their markings. quizzes.attempts creates scripts; manual_marking writes both."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from accounts.scoping import PersonalQuerySet
from quizzes.models.records import AttemptItem

LATE = timedelta(days=7)  # after this time a script was probably forgotten


def is_late(handed_in_at: datetime) -> bool:
    return timezone.now() - handed_in_at > LATE


def waited(handed_in_at: datetime) -> str:
    """How long the script has waited, in whole days. The exact time could reveal the learner in the test results."""
    days = (timezone.now() - handed_in_at).days
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else str(_("less than a day"))


class MarkerQuerySet(PersonalQuerySet):
    def for_marker(self, marker: User) -> Self:
        """Rows about people for whom this user is a trainer or reviewer."""
        return self.visible_to(marker, Role.TRAINER) | self.visible_to(marker, Role.REVIEWER)


class ScriptQuerySet(MarkerQuerySet):
    def unsettled(self) -> Self:
        return self.filter(settled_at=None)

    def waiting_for(self, marker: User) -> Self:
        """Scripts that this user may take now: not their own, and none that they have marked already."""
        taken = Count("markings")  # an unfinished marking takes its place too
        free = self.for_marker(marker).unsettled().annotate(taken=taken).filter(taken__lt=F("wanted"))
        own = Marking.objects.everybody("the marker's own").filter(marker=marker).values("script")
        return free.exclude(item__attempt__enrolment__learner=marker).exclude(pk__in=own)


class Script(models.Model):
    """One essay that people have to mark before its attempt gets a mark. The asked version holds the rubric."""

    PERSON = "item__attempt__enrolment__learner"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.OneToOneField(AttemptItem, on_delete=models.CASCADE, related_name="script")
    handed_in_at = models.DateTimeField(_("handed in"))
    wanted = models.PositiveSmallIntegerField(help_text="How many people are to mark it; one more where two differ.")
    most = models.PositiveSmallIntegerField()
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    settled_at = models.DateTimeField(null=True)

    objects = ScriptQuerySet.as_manager()

    class Meta:
        verbose_name = _("text to be marked")
        verbose_name_plural = _("texts to be marked")
        ordering = ["handed_in_at", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["handed_in_at"], condition=Q(settled_at=None), name="script_unsettled")]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def finished_markings(self) -> list[Marking]:
        """The markings with points, by number. Unfinished markings are not included."""
        return [marking for marking in self.markings.all() if marking.at]

    @property
    def share(self) -> Fraction:
        """What the script earned, 0 to 1. Only for a script that was settled with points."""
        assert self.points is not None
        return Fraction(self.points) / self.most

    @property
    def late(self) -> bool:
        return self.settled_at is None and is_late(self.handed_in_at)

    @property
    def waited(self) -> str:
        return waited(self.handed_in_at)


class MarkingQuerySet(MarkerQuerySet):
    def unfinished_of(self, marker: User) -> Self:
        """The unfinished markings of this person."""
        return self.for_marker(marker).filter(marker=marker, at=None)


class Marking(models.Model):
    """The points that one person gave for one script. Without `at` it is unfinished and keeps its place for a day."""

    PERSON = "script__item__attempt__enrolment__learner"
    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="markings", db_index=False)
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.PositiveSmallIntegerField()
    points = models.JSONField(null=True, help_text="By criterion.")
    comment = models.TextField(_("comment for the learner"), blank=True)
    begun_at = models.DateTimeField(_("started"))
    at = models.DateTimeField(_("marked"), null=True)

    objects = MarkingQuerySet.as_manager()

    class Meta:
        verbose_name = _("marking of a text")
        ordering = ["number"]
        default_permissions = ()
        constraints = [
            # Of two people who take the last free place at once, one gets another script.
            models.UniqueConstraint(fields=["script", "number"], name="marking_place_once"),
            # Each marking of a script must come from another person.
            models.UniqueConstraint(fields=["script", "marker"], name="marking_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def total(self) -> Decimal:
        return Decimal(sum((self.points or {}).values()))
