"""What people report about pages and questions. The trainers answer."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from accounts.scoping import PersonalQuerySet


class ProblemReportQuerySet(PersonalQuerySet):
    def open(self) -> Self:
        return self.filter(state=ProblemReport.State.OPEN)

    def untold(self) -> Self:
        """Open reports of which the trainers have not been emailed."""
        return self.open().filter(told_at=None)

    def most_urgent_first(self) -> Self:
        """Open ones first, of these the ones that could harm a patient; then the newest."""
        urgency = Case(
            When(state=ProblemReport.State.OPEN, could_harm=True, then=0),
            When(state=ProblemReport.State.OPEN, then=1),
            default=2,
        )
        return self.order_by(urgency, "-sent_at", "-pk")


class ProblemReport(models.Model):
    """A problem that one person has reported, with the page or question as it was then.

    Written by courses.problem_reports.reports. Erasing the person keeps what the report was about, not what it said.
    """

    class Kind(models.TextChoices):
        WRONG = "wrong", _("Something is wrong or out of date")
        UNCLEAR = "unclear", _("Something is not clear")
        BROKEN = "broken", _("Something does not work")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    PERSON = "reporter"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="problem_reports"
    )
    # What it is about: a page (the key is that of the page) or a question (that of the question).
    about = models.CharField(max_length=20, help_text="page, or what an app above courses names it.")
    key = models.UUIDField(null=True, help_text="None for a page that is not written by authors.")
    title = models.CharField(_("about"), max_length=300)
    path = models.CharField(max_length=500, blank=True, help_text="The address to go back to.")
    course_key = models.UUIDField(null=True, db_index=True)
    language = models.CharField(_("language"), max_length=10)
    details = models.JSONField(default=dict, help_text="What else is known, such as the release. No answer key.")
    # What the person says.
    kind = models.CharField(_("what is wrong"), max_length=10, choices=Kind)
    could_harm = models.BooleanField(_("could harm a patient"), default=False)
    text = models.TextField(_("description"), blank=True)
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    told_at = models.DateTimeField(null=True, help_text="When the trainers were emailed.")

    objects = ProblemReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem report")
        verbose_name_plural = _("problem reports")
        indexes = [models.Index(fields=["course_key"], condition=Q(state="open", told_at=None), name="problem_untold")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN
