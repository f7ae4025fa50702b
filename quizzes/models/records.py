"""Attempts with their answers and marks, and accommodations. These models know no template.

quizzes.attempts writes attempts, answers and first marks; quizzes.regrades.worker writes later marks.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from accounts.scoping import PersonalQuerySet
from courses.models.records import Enrolment
from quizzes.models.questions import QuestionVersion


class AttemptState(models.TextChoices):
    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Handed in")
    CLOSED = "closed", _("Closed")


class CloseReason(models.TextChoices):
    TIME = "time", _("The time was up")


class Review(models.TextChoices):
    """What the learner sees of a finished test. The score and the lessons to read again are always shown.

    quizzes.answer_keys decides when an answer may be shown. Practice shows every question at once.
    """

    QUESTIONS = (
        "questions",
        _("Which questions were missed; once the test is passed, every answer with its explanation"),
    )
    SCORE = "score", _("The score only, also once the test is passed")


class AttemptQuerySet(PersonalQuerySet):
    def of_quiz(self, quiz_key) -> Self:
        """The attempts of one test, by number."""
        return self.filter(quiz_key=quiz_key).order_by("number")

    def open(self) -> Self:
        return self.filter(state=AttemptState.OPEN)

    def overdue(self, now) -> Self:
        """Open attempts whose time is up."""
        return self.open().filter(deadline__lte=now)

    def with_result(self) -> Self:
        """Annotate the mark that counts: score, max_score and passed, each None while there is no mark."""
        return self._with_latest_mark("score", "max_score", "passed")

    def with_passed(self) -> Self:
        """Annotate `passed`, whether the mark that counts is a pass; None while there is no mark."""
        return self._with_latest_mark("passed")

    def _with_latest_mark(self, *names: str) -> Self:
        latest = Mark.objects.filter(attempt=OuterRef("pk")).order_by("-number")
        return self.annotate(**{name: Subquery(latest.values(name)[:1]) for name in names})

    def with_title(self) -> Self:
        """Annotate `title_today`: that of the test's page in the language of the release, None when the page is gone."""
        return self.annotate(title_today=title_of_page("enrolment__release__language"))


def title_of_page(language: str = "") -> Subquery:
    """The present title of the page whose key is in `quiz_key`, in the language that is in the field `language`."""
    pages = Page.objects.filter(translation_key=OuterRef("quiz_key")).order_by("-live", "path")
    if language:
        pages = pages.filter(locale__language_code=OuterRef(language))
    return Subquery(pages.values("title")[:1])


class Attempt(models.Model):
    """One run of a test by one person, timed by the server. It copies the rules of the page at its start."""

    PERSON = "enrolment__learner"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("enrolment"), on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    quiz_key = models.UUIDField(help_text="The quiz page's translation_key.")
    quiz_title = models.CharField(_("test"), max_length=255)
    number = models.PositiveSmallIntegerField(_("attempt"), validators=[MinValueValidator(1)])
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.OPEN)
    why = models.CharField(_("why closed"), max_length=10, choices=CloseReason, blank=True)
    started_at = models.DateTimeField(_("started"))
    deadline = models.DateTimeField(_("closes"))
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    extra_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="How many of them are this person's in addition."
    )
    pass_percent = models.PositiveSmallIntegerField(_("pass mark, %"))
    # The round that the attempt belongs to, and what the rules granted when it began. Later rules only add to that.
    round = models.PositiveSmallIntegerField(default=1)
    per_round = models.PositiveSmallIntegerField(default=1)
    pause_hours = models.PositiveSmallIntegerField(default=0)
    practice = models.BooleanField(_("practice"), default=False, help_text="Done when handed in, whatever the score.")
    review = models.CharField(_("shown afterwards"), max_length=10, choices=Review, default=Review.QUESTIONS)
    seed = models.BigIntegerField(help_text="Decided the draw and every order; kept so that both can be explained.")
    # Every saved answer advances it by an update that requires an open state. Saving and handing in therefore wait for
    # each other's lock on this row.
    seq = models.PositiveIntegerField(default=0)

    title_today: str | None = None  # set by with_title() only

    # Set by with_result() only; passed by with_passed() too.
    score: Decimal | None
    max_score: Decimal | None
    passed: bool | None

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-started_at"]
        constraints = [
            # "Start" pressed in twenty tabs at once must use up one attempt, not twenty.
            models.UniqueConstraint(fields=["enrolment", "quiz_key", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["enrolment", "quiz_key"], condition=Q(state="open"), name="one_open_attempt"
            ),
        ]
        indexes = [
            models.Index(fields=["deadline"], condition=Q(state="open"), name="attempt_open_deadline"),
            models.Index(fields=["-started_at", "id"], name="attempt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.number}"

    @property
    def title(self) -> str:
        """The title of the test today, if with_title() has looked it up; else that of the day when the attempt began."""
        return self.title_today or self.quiz_title


class AttemptItemQuerySet(PersonalQuerySet):
    def with_answer(self) -> Self:
        """Annotate the answer that counts: last_op and payload, each None while nothing is saved."""
        last = Response.objects.filter(item=OuterRef("pk")).order_by("-op")
        return self.annotate(last_op=Subquery(last.values("op")[:1]), payload=Subquery(last.values("payload")[:1]))

    def newest_answer(self) -> tuple[bool, int, Any]:
        """For a queryset of one item: whether it is flagged, its highest operation number (0 for none), its answer."""
        # Runs at every change of a form. One join takes half the time of the two subqueries in with_answer().
        newest = self.order_by("-responses__op").values_list("flagged", "responses__op", "responses__payload")
        flagged, op, payload = newest[:1].get()
        return flagged, op or 0, payload


class AttemptItem(models.Model):
    """One question of an attempt: a frozen version, and the order in which this person sees its options."""

    PERSON = "attempt__enrolment__learner"
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    option_order = models.JSONField(default=list, help_text="Ids.")
    flagged = models.BooleanField(default=False)

    # Set by with_answer() and quizzes.answers.answered_items() only.
    last_op: int | None
    payload: Any
    is_corrected: bool  # set by answered_items() only

    objects = AttemptItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("question of an attempt")
        ordering = ["position"]
        constraints = [
            # A paper is written once, in one transaction. Two items in one position would both be marked.
            models.UniqueConstraint(fields=["attempt", "position"], name="item_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}"


class Response(models.Model):
    """One saved answer. Rows are never overwritten: the highest operation number of an item counts."""

    PERSON = "item__attempt__enrolment__learner"
    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="responses", db_index=False)
    op = models.PositiveIntegerField()
    payload = models.JSONField(null=True, help_text="Ids or a number as text; null when the answer was taken back.")
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        constraints = [
            # A phone that sends an answer again after a lost reply must not store it twice.
            models.UniqueConstraint(fields=["item", "op"], name="response_op_once")
        ]


class Mark(models.Model):
    """What an attempt earned. The highest number counts, and a later mark says why it was made."""

    PERSON = "attempt__enrolment__learner"
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="marks", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=3)
    max_score = models.DecimalField(_("maximum score"), max_digits=8, decimal_places=3)
    passed = models.BooleanField(_("passed"))
    critical_errors = models.PositiveSmallIntegerField(_("critical errors"), default=0)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    regrade = models.ForeignKey(
        "quizzes.Regrade", null=True, blank=True, on_delete=models.PROTECT, related_name="marks"
    )
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark")
        ordering = ["number"]
        constraints = [
            # An attempt handed in twice at once (by a double click, or by learner and sweep) must get one first mark.
            models.UniqueConstraint(fields=["attempt", "number"], name="mark_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.score} / {self.max_score}"

    @property
    def took_back(self) -> bool:
        """Whether this mark took a pass back, because the regrade that gave it was taken back. One query at most."""
        earlier = self.attempt.marks.filter(number__lt=self.number, passed=True)
        return not self.passed and self.regrade_id is not None and earlier.exists()


class Accommodation(models.Model):
    """Extra minutes or attempts for one person in one test. Only quizzes.accommodations writes it."""

    PERSON = "learner"
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="accommodations",
        db_index=False,
    )
    quiz_key = models.UUIDField(help_text="The quiz page's translation_key.")
    quiz_title = models.CharField(_("test"), max_length=255)
    extra_minutes = models.PositiveSmallIntegerField(_("extra minutes"), default=0)
    extra_attempts = models.PositiveSmallIntegerField(_("extra attempts before a pause"), default=0)
    reason = models.CharField(_("reason"), max_length=250)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("given"))

    title_today: str | None = None  # annotated by the listing

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("extra time and attempts")
        verbose_name_plural = _("extra time and attempts")
        ordering = ["-at"]
        default_permissions = ()
        constraints = [
            # If two are given at once, the second must update the row of the first.
            models.UniqueConstraint(fields=["learner", "quiz_key"], name="accommodation_once")
        ]

    def __str__(self) -> str:
        """The test without the person's name: Wagtail writes this into its log, which outlives the person's data."""
        return self.title

    @property
    def title(self) -> str:
        """The title of the test today, if it was looked up; else that of the day when this was given."""
        return self.title_today or self.quiz_title
