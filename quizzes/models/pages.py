"""The test as a page of a course: its rules, its door. It names its own parents; courses does not know it."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page

from courses.fields import BlockField
from courses.models.pages import ContentPage, StepMixin
from quizzes import door, packages

ITEM_BYTES = 4_500  # one item as it is transferred, without the frame every page shares (measured)


class DrawBlock(blocks.StructBlock):
    pool = blocks.RegexBlock(regex=r"^[-a-zA-Z0-9_]+$", default="", label=_("Pool"))
    count = blocks.IntegerBlock(default=8, min_value=1, max_value=100, label=_("How many questions"))

    class Meta:
        icon = "list-ul"
        label = _("Draw from a pool")
        label_format = "{pool}: {count}"


class QuizPage(StepMixin, ContentPage):
    """A test. A pool with one question makes that question a fixed one."""

    intro = models.TextField(_("introduction"), blank=True)
    pass_percent = models.PositiveSmallIntegerField(
        _("pass mark, %"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    attempts_per_round = models.PositiveSmallIntegerField(
        _("attempts in a row"), default=3, validators=[MinValueValidator(1)]
    )
    pause_hours = models.PositiveSmallIntegerField(_("pause after them, hours"), default=24)
    draws = BlockField([("draw", DrawBlock())], blank=True, verbose_name=_("questions"))

    parent_page_types = ["courses.CoursePage", "courses.ModulePage"]
    template = "quizzes/start.html"
    part_kind = "quiz"
    content_panels = [
        *Page.content_panels,
        FieldPanel("intro"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("number"), FieldPanel("minutes", heading=_("Minutes allowed"))]),
                FieldRowPanel(
                    [FieldPanel("pass_percent"), FieldPanel("attempts_per_round"), FieldPanel("pause_hours")]
                ),
            ],
            heading=_("Rules"),
        ),
        FieldPanel("draws"),
    ]

    class Meta:
        verbose_name = _("test")
        constraints = [
            # A test without time would be over when it begins; one without attempts could not count its rounds.
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1),
                name="quiz_has_time",
                violation_error_message=_("A test needs at least one minute."),
            ),
            models.CheckConstraint(
                condition=models.Q(attempts_per_round__gte=1),
                name="quiz_has_attempts",
                violation_error_message=_("A round needs at least one attempt."),
            ),
        ]

    @property
    def draw_list(self) -> list[tuple[str, int]]:
        """What the paper is drawn from: (pool, how many), in order."""
        return [(block.value["pool"], block.value["count"]) for block in self.draws if block.value["count"]]

    @property
    def item_count(self) -> int:
        return sum(count for _, count in self.draw_list)

    def weight(self) -> int:
        return ITEM_BYTES * self.item_count

    @classmethod
    def check_part(cls, part) -> list:
        return packages.check(part)

    @classmethod
    def content_of(cls, part) -> dict[str, Any]:
        return packages.content(part)

    @classmethod
    def load_extras(cls, part, report) -> None:
        packages.load_bank(part, report)

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        return {**super().get_context(request, *args, **kwargs), **door.context(request, self)}

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """The door of the test: what it asks for, how you stand to it, a button to begin. Never kept by a browser."""
        response = super().serve(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response
