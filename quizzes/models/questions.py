"""The question bank: questions as authors write them, and the frozen versions that attempts consist of."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Self

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    TranslatableMixin,
    WorkflowMixin,
)
from wagtail.search import index

from courses.fields import BlockField
from courses.revisions import NotPublishable, SafeAutosaveMixin
from quizzes.blueprint import Card, Cell
from quizzes.content_digests import digest, words_digest
from quizzes.models.question_checks import QuestionForm, lacking
from quizzes.question_types import QUESTION_TYPES, authoring_blocks
from quizzes.question_types.base import QuestionType
from standards.blocks import CitationBlock
from standards.row_blocks import RowsStreamBlock


class Level(models.TextChoices):
    """What a question asks of the learner: the revised taxonomy of Bloom, without its two highest levels."""

    REMEMBER = "remember", _("Remember")
    UNDERSTAND = "understand", _("Understand")
    APPLY = "apply", _("Apply")
    ANALYSE = "analyse", _("Analyse")


class QuestionQuerySet(models.QuerySet):
    def for_cells(self, cells: Iterable[Cell], language: str) -> Self:
        """Published questions in this language that fit at least one of the cells."""
        return self.filter(_fits_any(cells), live=True, locale__language_code=language)

    def cards_for(self, cells: Iterable[Cell], language: str) -> list[Card]:
        """The published questions that may fill these cells, as cards; one query."""
        return self.for_cells(cells, language).cards()

    def cards(self) -> list[Card]:
        """These questions as cards, whether published or not; one query."""
        rows = self.values_list("translation_key", "pool", "module", "level", "critical", "by_people")
        return [Card(key, pool, module or pool, *others) for key, pool, module, *others in rows]


def _fits_any(cells: Iterable[Cell]) -> Q:
    """A filter for questions that fit at least one cell, by the rules of quizzes.blueprint.Cell.fits()."""
    any_cell = Q(pk__in=[])
    for cell in cells:
        fits = Q(translation_key=cell.key) if cell.key else Q(by_people=False)
        if cell.pool:
            fits &= Q(pool=cell.pool)
        if cell.module:
            fits &= Q(module=cell.module) | Q(module="", pool=cell.module)
        if cell.level:
            fits &= Q(level=cell.level)
        any_cell |= fits
    return any_cell


class Question(
    SafeAutosaveMixin,
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    TranslatableMixin,
    index.Indexed,
    models.Model,
):
    """One question of the bank. The admin and quizzes.importing.quiz write it; publishing freezes a QuestionVersion."""

    code = models.CharField(_("code"), max_length=60, help_text=_("Short and permanent, for example c1-m1-q01."))
    pool = models.SlugField(
        _("pool"), max_length=60, help_text=_("The group of questions a test draws from, for example c1-m1.")
    )
    module = models.SlugField(
        _("module"), max_length=60, blank=True, help_text=_("Only if a pool has questions from several modules.")
    )
    critical = models.BooleanField(
        _("critical error"),
        default=False,
        help_text=_("Nobody passes the test without getting this question fully right, whatever the score."),
    )
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.UNDERSTAND)
    stem = models.TextField(_("question"), help_text=_("What the learner is asked, as plain text."))
    content = BlockField(authoring_blocks(), verbose_name=_("answers"))
    rationale = models.TextField(_("why the answer is right"), blank=True, help_text=_("Shown with the result."))
    cites = BlockField(RowsStreamBlock([("cites", CitationBlock())]), blank=True, max_num=1, verbose_name=_("based on"))
    # Copied from the question type, so that a draw can filter by it without reading the content.
    by_people = models.BooleanField(default=False, editable=False)

    objects = QuestionQuerySet.as_manager()

    panels = [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("code"), FieldPanel("pool")]),
                FieldRowPanel([FieldPanel("level"), FieldPanel("module")]),
            ],
            heading=_("Place"),
        ),
        FieldPanel("critical"),
        FieldPanel("stem"),
        FieldPanel("content"),
        FieldPanel("rationale"),
        FieldPanel("cites"),
    ]
    search_fields = [
        index.SearchField("stem"),
        index.SearchField("code"),
        index.AutocompleteField("stem"),
        index.AutocompleteField("code"),
        index.FilterField("pool"),
        index.FilterField("level"),
        index.FilterField("module"),
        index.FilterField("critical"),
        index.FilterField("locale_id"),
    ]
    base_form_class = QuestionForm
    preview_modes = [("", _("As a learner")), ("result", _("With the result"))]
    default_preview_mode = ""

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["pool", "code"]
        indexes = [models.Index(fields=["pool", "live"])]

    def __str__(self) -> str:
        return f"{self.code}: {self.stem[:80]}"

    def save(self, *args, **kwargs):
        self.by_people = self.question_type is not None and self.question_type.marked_by_people
        super().save(*args, **kwargs)

    @property
    def question_type(self) -> QuestionType[Any] | None:
        """The type of the question; None while the author has not chosen one."""
        return QUESTION_TYPES[self.content[0].block_type] if self.content else None

    @property
    def by_key_words(self) -> bool:
        return self.question_type is not None and self.question_type.marked_by_key_words

    def type_label(self) -> str | Promise:
        return self.question_type.label if self.question_type else ""

    def statements(self) -> list:
        return [statement for block in self.cites for statement in block.value if statement is not None]

    def frozen(self) -> dict[str, Any]:
        """The content of a version: everything needed to show and grade it, so attempts never read the question."""
        question_type = self.question_type
        assert question_type is not None
        return {
            "kind": question_type.name,
            "code": self.code,
            "stem": self.stem,
            "level": self.level,
            "critical": self.critical,
            "rationale": self.rationale,
            "statements": [{"code": statement.code, "pk": statement.pk} for statement in self.statements()],
            "body": question_type.freeze(self.content[0].value, self.translation_key),
        }

    def lacking(self) -> list[str]:
        """What keeps the question from being published, in words; [] for nothing. Every way to publish asks this."""
        earlier = QuestionVersion.objects.filter(key=self.translation_key, language=self.locale.language_code)
        return lacking(self, earlier.order_by("number"))

    def publish(self, revision, *args, **kwargs):
        """Publish the revision and freeze it as a version. A scheduled revision is frozen when it goes live.

        Raises NotPublishable, and publishes nothing, when the revision is lacking().
        """
        if problems := revision.as_object().lacking():
            raise NotPublishable(problems)
        super().publish(revision, *args, **kwargs)
        published = type(self).objects.select_related("locale").get(pk=self.pk)
        if published.live and published.live_revision_id == revision.pk:
            QuestionVersion.objects.freeze(published)

    def get_preview_template(self, request, mode_name: str) -> str:
        return "quizzes/preview.html"

    def get_preview_context(self, request, mode_name: str) -> dict:
        context = super().get_preview_context(request, mode_name)
        if self.question_type is None:
            return context
        content = self.frozen()
        order = self.question_type.order(content["body"], random.Random(0))  # noqa: S311 - any order will do
        context |= {
            "content": content,
            "hint": self.question_type.hint(),
            # A question that was never saved has no locale yet, so the author's language stands in.
            "version": {"language": self.locale.language_code if self.locale_id else get_language()},
        }
        if mode_name == "result":
            context["template"] = self.question_type.result_template
            context["explanation"] = self.question_type.explain(content["body"], order, None)
        else:
            context["template"] = self.question_type.question_template
            context["asked"] = self.question_type.ask(content["body"], order, MultiValueDict())
        return context


class QuestionVersionQuerySet(models.QuerySet["QuestionVersion"]):
    def asked(self) -> Self:
        """Versions that are in somebody's paper."""
        return self.filter(Exists(apps.get_model("quizzes.AttemptItem")._base_manager.filter(version=OuterRef("pk"))))

    def latest_of(self, keys, language: str) -> Self:
        """The newest version of each of these questions in this language."""
        newest = (
            self.model.objects.filter(key=OuterRef("key"), language=language).order_by("-number").values("number")[:1]
        )
        return self.filter(key__in=keys, language=language, number=Subquery(newest))

    def freeze(self, question: Question) -> QuestionVersion | None:
        """Store the question's content as its next version; None when the newest version has the same content."""
        content = question.frozen()
        frozen = {"content": content, "digest": digest(content), "words_digest": words_digest(content)}
        versions = {"key": question.translation_key, "language": question.locale.language_code}
        while True:
            last = self.filter(**versions).order_by("-number").first()
            if last and last.digest == frozen["digest"]:
                return None
            try:
                with transaction.atomic():
                    return self.create(**versions, number=last.number + 1 if last else 1, **frozen)
            except IntegrityError:  # somebody else has just published the question, so try the next number
                continue


class QuestionVersion(models.Model):
    """A question as it was published. Never changed or removed; freeze() writes it on publishing."""

    key = models.UUIDField(help_text="The question's translation_key.")
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    words_digest = models.CharField(
        max_length=64, db_index=True, help_text="Equal for questions that ask the same in the same words."
    )
    source = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renditions",
        help_text="On a translation: the version it says in another language.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question version")
        constraints = [
            # Two people who publish a question at once must not make two versions with one number.
            models.UniqueConstraint(fields=["key", "language", "number"], name="question_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.content['code']} {self.language} {self.number}"

    @property
    def question_type(self) -> QuestionType[Any]:
        return QUESTION_TYPES[self.content["kind"]]
