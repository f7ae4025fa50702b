"""The Standards of UNODC and WHO: editions, sections, statements, and their texts in several languages."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.search import index
from wagtail.search.queryset import SearchableQuerySetMixin

SOURCE_LANGUAGE = settings.LANGUAGE_CODE


class Basis(models.TextChoices):
    SOURCED = "sourced", _("a source was read")
    MIXED = "mixed", _("partly sourced")
    EDITOR_CHECK = "editor-check", _("to be compared with the publication")


class Edition(models.Model):
    """One edition of the Standards. standards.loading.load() writes and seals it.

    Database triggers (migration 0001) protect a sealed edition: its row, its sections and its statements cannot be
    changed or removed, and none can be added.
    """

    slug = models.SlugField(_("short name in the address"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=300)
    short_title = models.CharField(_("short title"), max_length=120)
    year = models.PositiveSmallIntegerField(_("year"))
    publishers = models.JSONField(_("publishers"), default=list)
    isbn = models.CharField("ISBN", max_length=20, blank=True)
    url = models.URLField(_("address of the publication"), blank=True)
    licence = models.CharField(_("licence"), max_length=60)
    licence_url = models.URLField(_("address of the licence"))
    citation = models.TextField(_("suggested citation"))
    languages = models.JSONField(_("languages of the publication"), default=list)
    sources = models.JSONField(_("sources"), default=dict, help_text=_("Short name: title and address."))
    sealed_at = models.DateTimeField(_("sealed"), null=True, editable=False)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-year", "slug"]

    def __str__(self) -> str:
        return self.short_title

    def get_absolute_url(self) -> str:
        return reverse("standards:edition", args=[self.slug])

    def has_code(self, code: str) -> bool:
        """Whether a statement or a section of this edition has this code."""
        return self.statements.filter(code=code).exists() or self.sections.filter(code=code).exists()


class Section(models.Model):
    """A numbered part of an edition. Written by standards.loading.load()."""

    class Kind(models.TextChoices):
        SYSTEM = "system", _("System")
        PRINCIPLE = "principle", _("Principle")
        SETTING = "setting", _("Setting")
        INTERVENTION = "intervention", _("Intervention")
        POPULATION = "population", _("Population")

    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="sections", verbose_name=_("edition"), db_index=False
    )
    code = models.CharField(_("number"), max_length=12)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"))
    note = models.TextField(_("note"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["edition", "position"]
        constraints = [
            # Two simultaneous loads of one file must not write its sections twice.
            models.UniqueConstraint(fields=["edition", "code"], name="section_code_once"),
            models.UniqueConstraint(fields=["edition", "position"], name="section_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("standards:section", args=[self.edition.slug, self.code])

    @property
    def chapter(self) -> str:
        return self.code.partition(".")[0]


class StatementTextQuerySet(models.QuerySet):
    def for_reader(self, language: str) -> Self:
        """Texts that suit a reader of `language`, best first, each annotated with `checked`.

        The reader's language comes before the source language, an official text before a paraphrase, and a newer text
        before an older one.
        """
        rank = Case(When(language=language, then=Value(0)), default=Value(1), output_field=IntegerField())
        official = Case(
            When(kind=StatementText.Kind.OFFICIAL, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        return (
            self.filter(language__in={language, SOURCE_LANGUAGE})
            .annotate(checked=Exists(StatementCheck.objects.filter(text=OuterRef("pk"))))
            .order_by(rank, official, "-pk")
        )


class StatementQuerySet(SearchableQuerySetMixin, models.QuerySet):
    def with_shown(self, language: str) -> Self:
        """Annotate the text that a reader of `language` sees: shown_id, _text, _language, _kind, _source, _checked."""
        texts = StatementText.objects.for_reader(language).filter(statement=OuterRef("pk"))
        columns = ("id", "text", "language", "kind", "source", "checked")
        return self.annotate(**{f"shown_{column}": Subquery(texts.values(column)[:1]) for column in columns})

    def unchecked(self, language: str) -> Self:
        """Statements for which a reader of `language` sees a paraphrase that an editor still has to check."""
        return self.with_shown(language).filter(
            Q(shown_checked=False), editor_check=True, shown_kind=StatementText.Kind.PARAPHRASE
        )


class Statement(index.Indexed, models.Model):
    """One statement of an edition. Its code never changes. Written by standards.loading.load()."""

    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="statements", verbose_name=_("edition"), db_index=False
    )
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="statements", verbose_name=_("section"))
    code = models.CharField(_("code"), max_length=16)
    label = models.CharField(_("first words"), max_length=80, help_text=_("Of the text it was loaded with; for lists."))
    # Codes do not sort as text: 1.3.10 comes after 1.3.9.
    position = models.PositiveSmallIntegerField()
    audience = models.JSONField(_("for whom"), default=list)
    evidence_note = models.TextField(_("note on the evidence"), blank=True)
    sources = models.JSONField(_("sources"), default=list)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis)
    editor_check = models.BooleanField(_("to be checked by an editor"))

    objects = StatementQuerySet.as_manager()

    # The search needs the texts, which are written after the row, so standards.loading indexes them itself.
    search_auto_update = False
    search_fields = [
        index.SearchField("code"),
        index.SearchField("searched_text"),
        index.AutocompleteField("code"),
        index.AutocompleteField("searched_text"),
        index.FilterField("edition"),
        index.FilterField("section"),
    ]

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["edition", "position"]
        constraints = [
            # URLs and course packages find a statement by edition and code, so the pair must be unique.
            models.UniqueConstraint(fields=["edition", "code"], name="statement_code_once"),
            models.UniqueConstraint(fields=["edition", "position"], name="statement_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("standards:statement", args=[self.edition.slug, self.code])

    def with_neighbours(self) -> StatementQuerySet:
        """The statements of its section and the ones directly before and after it in the edition, in order."""
        neighbours = Q(section_id=self.section_id) | Q(position__in=[self.position - 1, self.position + 1])
        return Statement.objects.filter(neighbours, edition_id=self.edition_id)

    def searched_text(self) -> str:
        """All texts in all languages, so that a search in any language finds the statement."""
        return " ".join(text.text for text in self.texts.all())

    @classmethod
    def get_indexed_objects(cls):
        return super().get_indexed_objects().prefetch_related("texts")


class StatementText(models.Model):
    """One text of a statement in one language. Rows are appended and never changed (triggers, migration 0001).

    Written by standards.loading only. A newer row replaces an older one.
    """

    class Kind(models.TextChoices):
        PARAPHRASE = "paraphrase", _("paraphrase")
        OFFICIAL = "official", _("official text")

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="texts", db_index=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = models.TextField(_("text"))
    source = models.CharField(_("where it comes from"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StatementTextQuerySet.as_manager()
    # A text belongs to its statement, so standards.usage must not count it as a citation.
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("text of a statement")
        ordering = ["statement", "language", "pk"]
        indexes = [models.Index(fields=["statement", "language"])]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.language} {self.kind}"


class StatementCheck(models.Model):
    """An editor has compared one text with the publication. Written by standards.confirmations.confirm().

    Rows are appended and never changed (triggers, migration 0001).
    """

    text = models.ForeignKey(StatementText, on_delete=models.PROTECT, related_name="checks", db_index=False)
    # PROTECT, because a check has no value without the person who made it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("check of a text")
        # Two editors at the same time, or a double click, must confirm a text only once.
        constraints = [models.UniqueConstraint(fields=["text"], name="text_checked_once")]

    def __str__(self) -> str:
        return f"{self.text_id} {self.at:%Y-%m-%d}"
