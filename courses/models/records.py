"""What learners have done. These records stay when the content changes or is removed. No template code here."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.scoping import PersonalQuerySet
from courses.models.releases import CourseRelease

NOTE_LENGTH = 5000  # characters


def completing(steps: list[dict]) -> Q:
    """A filter on enrolments: their completions that do one of these steps, by the rule of CourseRelease.done_by()."""
    tests = [step["key"] for step in steps if step["certifies"]]
    others = [step["key"] for step in steps if not step["certifies"]]
    passed = Q(completions__step_key__in=tests, completions__score__isnull=False)
    return Q(completions__step_key__in=others) | passed


class EnrolmentQuerySet(PersonalQuerySet):
    def active(self) -> Self:
        return self.filter(left_at=None)

    def unfinished(self) -> Self:
        """Enrolments that are not completed, left or not: whoever joins again goes on with the one they left."""
        return self.filter(completed_at=None)

    def open(self) -> Self:
        """Enrolments that are neither left nor completed."""
        return self.active().unfinished()

    def in_course(self, course_key) -> Self:
        return self.filter(course_key=course_key)

    def with_all_of(self, steps: list[dict]) -> Self:
        """Those that have done all these steps of an outline; all of them for no steps."""
        if not steps:
            return self
        return self.annotate(done=Count("completions", filter=completing(steps))).filter(done=len(steps))


class Enrolment(models.Model):
    """One person taking one course in one period.

    Written by courses.enrolment; active_at, completed_at and completed_on by courses.progress, release also by
    courses.releases. Whatever may complete an enrolment sets active_at, or changes what its release needs: those are
    what the sweep looks at.
    """

    PERSON = "learner"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments", db_index=False
    )
    course_key = models.UUIDField(db_index=True)
    period = models.PositiveSmallIntegerField(default=1)
    release = models.ForeignKey(CourseRelease, on_delete=models.PROTECT, related_name="enrolments")
    enrolled_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    # The day of completion where the learner was. Every page, report and certificate shows this day.
    completed_on = models.DateField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        constraints = [
            # A double click on "Join", or two tabs, must not make two enrolments.
            models.UniqueConstraint(fields=["learner", "course_key", "period"], name="enrolled_once_a_period")
        ]
        indexes = [
            models.Index(fields=["completed_at"], condition=Q(completed_at=None), name="enrolment_unfinished"),
            # The sweep asks every ten seconds who was active lately.
            models.Index(
                fields=["active_at"], condition=Q(completed_at=None, left_at=None), name="enrolment_open_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} in {self.course_key}, period {self.period}"


class Completion(models.Model):
    """One step done by one person. Written by courses.progress only; never recomputed.

    Removed only by take_back_step(), when the pass that it rested on was a mistake.
    """

    PERSON = "enrolment__learner"
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="completions", db_index=False)
    step_key = models.UUIDField()
    completed_at = models.DateTimeField()
    score = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    max_score = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion")
        # "Mark as done" in two tabs, or a test submitted twice, must complete the step once.
        constraints = [models.UniqueConstraint(fields=["enrolment", "step_key"], name="step_completed_once")]


class CompletionSweep(models.Model):
    """What courses.progress.sweep() has looked at. One row, written there only.

    A sweep in which one enrolment failed is not in it, so the next one looks at the same again.
    """

    at = models.DateTimeField(help_text="When the last sweep began.")
    all_at = models.DateTimeField(help_text="When the last sweep that looked at everybody began.")
    needed_digest = models.CharField(max_length=64, help_text="A digest of what every release needed then.")

    class Meta:
        default_permissions = ()

    @staticmethod
    def store(**fields) -> None:
        """Store the row in one statement, since two workers may sweep at once."""
        CompletionSweep.objects.bulk_create(
            [CompletionSweep(pk=1, **fields)], update_conflicts=True, unique_fields=["pk"], update_fields=list(fields)
        )


class LessonReading(models.Model):
    """When a lesson was first sent to somebody, and from when their "done" counts. Written by courses.reading only.

    `counts_at` is set while a "done" that came too early waits. What a person was told once is never moved further.
    `read_until` is set with "done": when the reading time of this lesson is over. That of the next one begins then.
    """

    PERSON = "enrolment__learner"
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="readings", db_index=False)
    step_key = models.UUIDField()
    delivered_at = models.DateTimeField()
    counts_at = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a lesson")
        constraints = [
            # A lesson opened in two tabs at once was first sent once.
            models.UniqueConstraint(fields=["enrolment", "step_key"], name="one_reading_a_step")
        ]
        indexes = [models.Index(fields=["counts_at"], condition=Q(counts_at__isnull=False), name="reading_waiting")]


class Position(models.Model):
    """Where a person stopped reading a lesson. Written by courses.progress.save_position()."""

    PERSON = "enrolment__learner"
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="positions", db_index=False)
    step_key = models.UUIDField()
    block_id = models.UUIDField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        # Two devices reading at once must not leave two positions.
        constraints = [models.UniqueConstraint(fields=["enrolment", "step_key"], name="one_position_a_step")]


class Note(models.Model):
    """A learner's private note on a lesson. Nobody else sees it. Written by courses.progress.save_note()."""

    PERSON = "enrolment__learner"
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="notes", db_index=False)
    step_key = models.UUIDField()
    block_id = models.CharField(max_length=36, blank=True, help_text="Empty: a note on the whole lesson.")
    text = models.TextField(max_length=NOTE_LENGTH)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        # Saving a note in two tabs must not make two notes.
        constraints = [models.UniqueConstraint(fields=["enrolment", "step_key", "block_id"], name="one_note_a_block")]


class ReleaseNotice(models.Model):
    """What one person is told about a release: what is new, or what was wrong. Written by courses.notices.

    It is shown until they confirm it. Of a correction of safety, those who have not are listed for their managers.
    """

    PERSON = "learner"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    release = models.ForeignKey(CourseRelease, on_delete=models.PROTECT, related_name="notices", db_index=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="release_notices")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name = _("release notice")
        # Two sweeps at once must not tell a person twice.
        constraints = [models.UniqueConstraint(fields=["release", "learner"], name="told_once_a_release")]
        indexes = [models.Index(fields=["learner"], condition=Q(confirmed_at=None), name="notice_unconfirmed")]


class PackageItem(models.Model):
    """The digest of what a course package last wrote to a page or snippet. An import uses it to keep manual edits.

    Written by courses.importing.course.
    """

    key = models.UUIDField(unique=True)
    package = models.CharField(max_length=60)
    loaded_digest = models.CharField(max_length=64)
