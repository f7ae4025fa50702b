"""The test as a page: its blueprint, rules and start page. It names its parent types, so courses need not know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel
from wagtail.models import Page

from courses.fields import BlockField
from courses.forms import ContentPageForm, publishes
from courses.models.pages import ContentPage
from courses.models.records import Completion
from courses.models.steps import StepMixin, minutes_field
from courses.revisions import NotPublishable
from quizzes.blueprint import Cell, most_papers, shortage
from quizzes.models import changed_rules, shortages
from quizzes.models.draws import DrawBlock, FixedBlock
from quizzes.models.purpose import QuizPurpose, purpose_problems
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, AttemptItem, Review
from standards.row_blocks import RowsStreamBlock

ITEM_BYTES = 4_500  # transferred for one question, without the parts that all pages share (measured)


class BlueprintPanel(Panel):
    """Shows whether the bank can fill the test as last saved, and how many different papers that allows at most."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "quizzes/admin/blueprint.html"

        def is_shown(self) -> bool:
            return super().is_shown() and bool(self.instance.pk)

        def get_context_data(self, parent_context=None) -> dict:
            cells = self.instance.cells
            cards = Question.objects.cards_for(cells, self.instance.locale.language_code)
            return super().get_context_data(parent_context) | {
                "cells": cells,
                "key": self.instance.translation_key,
                "missing": [shortages.describe_missing(missing) for missing in shortage(cells, cards)],
                "papers": most_papers(cells, cards),
                "by_key_words": [question.code for question in self._questions(cells) if question.by_key_words],
            }

        def _questions(self, cells: list[Cell]) -> QuerySet[Question]:
            """The questions that a test with a pass may ask; none for practice."""
            fitting = Question.objects.for_cells(cells, self.instance.locale.language_code)
            return fitting if self.instance.certifies else fitting.none()


class QuizForm(ContentPageForm):
    """Refuses to publish a test that the bank cannot fill, and says what is missing.

    The test may be sent to review, because its questions often wait for review too.
    """

    def clean(self):
        cleaned = super().clean()
        if not publishes(self) or "draws" in self.errors or not cleaned.get("draws"):
            return cleaned
        page, cells = self.instance, cells_of(cleaned["draws"])
        language = page.locale.language_code if page.locale_id else page.get_default_locale().language_code
        purpose = cleaned.get("purpose") or page.purpose
        if problems := shortages.lacking(cells, language) + clashes(cells, language, purpose, page.translation_key):
            self.add_error("draws", problems)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # sets the fields of the instance
        if not publishes(self) or self.errors:
            return
        if problems := changed_rules.too_low(self.instance):
            self.add_error("pass_percent", problems)
        elif problems := self.instance.objections(self.for_user):
            self.add_error(None, problems)


def cells_of(draws) -> list[Cell]:
    """The cells of these blocks in order, without empty ones."""
    cells = (block.block.cell(block.value) for block in draws)
    return [cell for cell in cells if cell.count]


def clashes(cells: list[Cell], language: str, purpose: str, key: UUID | None) -> list[str]:
    """Which published tests may ask the questions of this practice, or the other way round, in words; two queries.

    Practice shows its answers at once, so it would give away those of the test. `key` is that of this page.
    """
    cards = Question.objects.cards_for(cells, language)
    others = QuizPage.objects.live().exclude(purpose=purpose).exclude(translation_key=key)
    text = gettext(
        "“%(title)s” may ask the same questions. Practice shows the answers, so it needs questions of its own."
    )
    return [
        text % {"title": other.title}
        for other in others
        if any(cell.fits(card) for cell in other.cells for card in cards)
    ]


class QuizPage(StepMixin, ContentPage):
    """A test: its blueprint and its rules. A practice test asks for no pass, and is waived when it is not published."""

    minutes = minutes_field(most=600)
    intro = models.TextField(_("introduction"), blank=True)
    purpose = models.CharField(_("purpose"), max_length=10, choices=QuizPurpose, default=QuizPurpose.TEST)
    pass_percent = models.PositiveSmallIntegerField(
        _("pass mark, %"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    attempts_per_round = models.PositiveSmallIntegerField(
        _("attempts in a row"), default=3, validators=[MinValueValidator(1)]
    )
    pause_hours = models.PositiveSmallIntegerField(_("pause after them, hours"), default=24)
    review = models.CharField(_("shown afterwards"), max_length=10, choices=Review, default=Review.QUESTIONS)
    mixed = models.BooleanField(_("shuffle the questions"), default=False)
    draws = BlockField(
        RowsStreamBlock([("draw", DrawBlock()), ("fixed", FixedBlock())]), blank=True, verbose_name=_("questions")
    )

    parent_page_types = ["courses.CoursePage", "courses.ModulePage"]
    base_form_class = QuizForm
    template = "quizzes/start.html"
    part_kind = "quiz"
    content_panels = [
        *Page.content_panels,
        FieldPanel("intro"),
        FieldPanel("purpose"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("number"), FieldPanel("minutes", heading=_("Minutes allowed"))]),
                FieldRowPanel(
                    [FieldPanel("pass_percent"), FieldPanel("attempts_per_round"), FieldPanel("pause_hours")]
                ),
                FieldPanel("review"),
                FieldPanel("mixed"),
            ],
            heading=_("Rules"),
        ),
        FieldPanel("draws"),
        BlueprintPanel(),
    ]

    class Meta:
        verbose_name = _("test")
        constraints = [
            # A test of 0 minutes would be over as soon as it starts. Eligibility divides by the attempts of a round.
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
    def cells(self) -> list[Cell]:
        """The cells of the blueprint, in order."""
        return cells_of(self.draws)

    @property
    def item_count(self) -> int:
        return sum(cell.count for cell in self.cells)

    def lacking(self) -> list[str]:
        language = self.locale.language_code
        problems = clashes(self.cells, language, self.purpose, self.translation_key)
        problems += purpose_problems(self.translation_key, self.purpose) + changed_rules.too_low(self)
        return super().lacking() + shortages.lacking(self.cells, language) + problems

    def objections(self, user, revision=None) -> list[str]:
        return changed_rules.objections(self, user, revision)

    def changed_rules(self) -> list[str]:
        return changed_rules.announced(self)

    def publish(self, revision, user=None, **kwargs) -> None:
        """Publish or schedule the revision, with an entry in the audit trail if that changes rules of a released test.

        Raises NotPublishable, and publishes nothing, when `user` may not decide that. What was scheduled is decided by
        whoever scheduled it.
        """
        draft, decider = revision.as_object(), user or changed_rules.scheduled_by(revision)
        if problems := draft.objections(decider, revision):
            raise NotPublishable(problems)
        changes = changed_rules.changes(draft)
        with transaction.atomic():
            super().publish(revision, user=user, **kwargs)
            if type(self).objects.filter(pk=self.pk, live=True, live_revision=revision).exists():
                changed_rules.record(draft, decider, changes)

    def clean(self) -> None:
        """Refuse another purpose than a release has given the page. Every way of saving and publishing comes here."""
        super().clean()
        if problems := purpose_problems(self.translation_key, self.purpose):
            raise ValidationError({"purpose": problems})

    @property
    def certifies(self) -> bool:
        return not self.is_practice

    @property
    def is_practice(self) -> bool:
        return self.purpose == QuizPurpose.PRACTICE

    @classmethod
    def unpassed_enrolments(cls, step_keys: Collection) -> QuerySet:
        passed = Completion.objects.everybody("a release is for all").filter(
            enrolment=OuterRef("enrolment"), step_key=OuterRef("quiz_key"), score__isnull=False
        )
        tried = Attempt.objects.everybody("a release is for all").filter(quiz_key__in=step_keys, practice=False)
        return tried.exclude(Exists(passed)).values("enrolment")

    @classmethod
    def enrolments_shown(cls, step_keys: Collection, until: datetime) -> QuerySet:
        attempts = Attempt.objects.everybody("a release is for all")
        return attempts.filter(quiz_key__in=step_keys, started_at__lte=until).values("enrolment")

    @classmethod
    def not_ready(cls, pages: QuerySet) -> list[tuple[QuizPage, list[str]]]:
        return shortages.of_pages(pages.select_related("locale"))

    def changed_since(self, moment: datetime) -> bool:
        """Whether the page, or a question that it has asked somebody, was published or taken back after that moment."""
        changed = Q(live=False) | Q(last_published_at__gt=moment)
        return super().changed_since(moment) or self._asked_questions().filter(changed).exists()

    def has_drafts(self) -> bool:
        """Whether a change of the page, or of a question that it has asked somebody, is not published yet."""
        drafts = self._asked_questions().filter(live=True, has_unpublished_changes=True)
        return super().has_drafts() or drafts.exists()

    def _asked_questions(self) -> QuerySet[Question]:
        asked = AttemptItem.objects.everybody("a release is for all").filter(attempt__quiz_key=self.translation_key)
        return Question.objects.filter(translation_key__in=asked.values("version__key"))

    def weight(self) -> int:
        return ITEM_BYTES * self.item_count

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        """Wagtail's context and what the hooks `construct_start_page_context` add, see quizzes.wagtail_hooks."""
        context = super().get_context(request, *args, **kwargs)
        for add_context in hooks.get_hooks("construct_start_page_context"):
            add_context(context, request, self)
        return context

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """The start page: the rules, the person's eligibility, a button to start. Never cached, as it is personal."""
        response = super().serve(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response
