"""The release of a course: what is frozen for those who take it. This module does not import learners' records."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.process_cache import remember

MOST_YEARS = 20  # for which a certificate may be valid
CACHE_SECONDS = 300


class CourseReleaseQuerySet(models.QuerySet["CourseRelease"]):
    def of_course(self, course_key) -> Self:
        """The releases of a course, the newest first."""
        return self.filter(course_key=course_key).order_by("-pk")

    def remembered(self, pk: int) -> CourseRelease:
        """The release with this primary key. It is frozen and its outline is long, so each process remembers it.

        All requests share it, so nobody may change it.
        """
        return remember(("release", pk), CACHE_SECONDS, lambda: self.get(pk=pk))

    def naming(self, key) -> Self:
        """The releases that have this step."""
        return self.annotate(text=Cast("outline", models.TextField())).filter(text__contains=str(key))


class CourseRelease(models.Model):
    """A frozen version of a course for those who take it: its rules and outline.

    Written by courses.releases only, told_at by courses.notices.
    """

    class Kind(models.TextChoices):
        EDITORIAL = "editorial", _("Editorial: only new learners get the new outline")
        REQUIRED = "required", _("Required: everyone who has not finished gets the new outline, and an email")
        CORRECTION = (
            "correction",
            _(
                "Correction of safety: a text was wrong, such as a dose. Everyone who has read it is told and must"
                " confirm"
            ),
        )

    course_key = models.UUIDField()
    number = models.CharField(max_length=12)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EDITORIAL)
    note = models.CharField(_("what is new, in a sentence for learners"), max_length=1000, blank=True)
    corrects = models.JSONField(
        default=list, help_text="Of a correction of safety: the keys of the steps that were wrong."
    )
    withdrawn = models.JSONField(
        default=list, help_text="The keys of the tests that it no longer asks for. Its maker decided that."
    )
    told_at = models.DateTimeField(null=True, blank=True, help_text="When everybody concerned had been told.")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=255)
    short_title = models.CharField(max_length=80)
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    valid_years = models.PositiveSmallIntegerField()
    edition = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en")
    outline = models.JSONField(help_text="[{key, kind, module_key, minutes, required, certifies, bytes}]")
    statements = models.JSONField(default=list, help_text="Codes cited by the lessons.")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = CourseReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course release")
        ordering = ["-pk"]
        # Two trainers who release at the same time must not make two releases with the same number.
        constraints = [models.UniqueConstraint(fields=["course_key", "number"], name="release_number_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"

    @property
    def steps(self) -> list[dict]:
        return self.outline

    @property
    def page_keys(self) -> set[str]:
        """The keys of the course, of its modules and of its steps."""
        modules = {step["module_key"] for step in self.steps if step["module_key"]}
        return {str(self.course_key)} | modules | {step["key"] for step in self.steps}

    @property
    def tests(self) -> set[str]:
        """The keys of the steps on which a certificate rests."""
        return {step["key"] for step in self.steps if step["certifies"]}

    def certifies(self, step_key) -> bool:
        """Whether a certificate rests on this step. The page may say otherwise by now; the release is what counts."""
        return str(step_key) in self.tests

    def done_by(self, completions: Iterable[tuple[uuid.UUID | str, Decimal | None]]) -> set[str]:
        """The keys of the steps that are done by these completions, given as (step key, score).

        A test is done by a pass only, and only a pass has a score: to have handed it in as practice is not enough.
        """
        tests = self.tests
        return {str(key) for key, score in completions if score is not None or str(key) not in tests}

    @property
    def without_test(self) -> bool:
        """Whether its maker decided that a test is no longer asked for, or that none is."""
        return self.kind != self.Kind.CORRECTION and bool(self.withdrawn or not self.tests)
