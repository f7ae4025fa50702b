"""The pages that authors write: home page, course, module, lesson. This module does not import learners' records."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page, PageViewRestriction
from wagtail.search import index
from wagtail.url_routing import RouteResult

from accounts.authentication.requests import is_from_script
from accounts.printable import clean_printable
from accounts.process_cache import remember
from courses import rendering
from courses.blocks import LessonBlocks
from courses.fields import BlockField
from courses.forms import ContentPageForm, CopyPageForm, CourseForm
from courses.models.releases import MOST_YEARS, CourseRelease
from courses.models.steps import StepMixin
from courses.revisions import SafeAutosaveMixin
from standards.row_blocks import RowsStreamBlock

# Our templates do not use Wagtail's search engine fields or its menu flag, so the panel has the slug only.
SLUG_PANELS = [MultiFieldPanel([FieldPanel("slug")], heading=_("Address"))]
CODE_TAKEN = _("Another course has this code, or had it before. Certificates print it, so choose another.")


def lines() -> BlockField:
    """A field for a list of phrases, each of at most 250 characters. Translators translate each phrase separately."""
    return BlockField(RowsStreamBlock([("item", blocks.CharBlock(default="", max_length=250))]), blank=True)


class ContentPage(SafeAutosaveMixin, Page):
    """Base of all our pages. courses.access decides who may read them, so Wagtail's page privacy is switched off."""

    private_page_options: list[str] = []
    base_form_class = ContentPageForm
    copy_form_class = CopyPageForm

    class Meta:
        abstract = True

    def lacking(self) -> list[str]:
        """What keeps the page from being published, in words; [] for nothing.

        elearning.middleware.workflow asks this before a review is approved, because approval publishes.
        """
        if self.expire_at and self.expire_at < timezone.now():
            return [gettext("The page would expire at once, since its expiry date is over. Save it again first.")]
        return []

    def objections(self, user, revision=None) -> list[str]:
        """Why this user may not publish the page as it is here, in words; [] if they may.

        `revision` is the one to publish; None for the newest and what has just been typed.
        """
        return []

    def changed_rules(self) -> list[str]:
        """Which rules publishing the page as it is here would change for people under way, in words; [] for none."""
        return []

    def get_view_restrictions(self):
        return PageViewRestriction.objects.none()


class HomePage(ContentPage):
    """The home page, the parent of all courses."""

    parent_page_types = ["wagtailcore.Page"]
    max_count = 1
    template = "courses/home.html"
    admin_default_ordering = "ord"
    promote_panels = SLUG_PANELS

    class Meta:
        verbose_name = _("home page")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a page by its url_path in one query; Wagtail makes two queries for each level. Raises Http404.

        Every request queries whether the page is live and which version is published. That version is cached. The query
        is SQL, because the ORM takes several times as long to compose it as the database to answer it.
        """
        if not path_components:
            return super().route(request, path_components)
        url_path = self.url_path + "/".join(path_components) + "/"
        published = "SELECT id, live_revision_id, last_published_at FROM wagtailcore_page WHERE url_path = %s AND live"
        with connection.cursor() as cursor:
            cursor.execute(published, [url_path])
            version = cursor.fetchone()
        if version is None:
            raise Http404
        page = remember(("page", *version), 300, lambda: Page.objects.filter(pk=version[0]).specific().first())
        if page is None:  # deleted since
            raise Http404
        return RouteResult(page)


def free_code() -> str:
    """The first of the codes C1, C2 and so on that no course has or had."""
    codes = [model.objects.values_list("code", flat=True) for model in (CoursePage, CourseRelease)]
    taken = {code.upper() for code in itertools.chain(*codes)}
    return next(code for code in map("C{}".format, itertools.count(1)) if code not in taken)


def code_is_taken(code: str, course_key) -> bool:
    """Whether another course has this code, or had it in a release: certificates go on printing that one.

    Translations of a course share its code, and an alias has none of its own.
    """
    pages = CoursePage.objects.filter(code__iexact=code, alias_of=None).exclude(translation_key=course_key)
    return pages.exists() or CourseRelease.objects.filter(code__iexact=code).exclude(course_key=course_key).exists()


def titles_of(course) -> set[tuple[str, str]]:
    """Title and short title of a course or a release, in the form in which two are compared."""
    return {(name, " ".join(getattr(course, name).split()).casefold()) for name in ("title", "short_title")}


class CoursePage(ContentPage):
    """A course: its description, with modules and steps as pages below it."""

    code = models.CharField(
        _("code"), max_length=20, default=free_code, help_text=_("Short and permanent, for example C1.")
    )
    short_title = models.CharField(_("short title"), max_length=80)
    lede = models.TextField(_("in one or two sentences"), blank=True)
    hours = models.DecimalField(
        _("hours of credit"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.5"))],
    )
    audience = models.CharField(_("for whom"), max_length=200, blank=True)
    requires = models.CharField(_("needed first"), max_length=200, blank=True)
    outcomes = lines()
    on_monday = lines()
    authors = lines()
    edition = models.ForeignKey(
        "standards.Edition",
        verbose_name=_("based on"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    valid_years = models.PositiveSmallIntegerField(
        _("certificate valid for, years"), default=3, validators=[MinValueValidator(1), MaxValueValidator(MOST_YEARS)]
    )
    next_review = models.DateField(_("next review"), null=True, blank=True)

    parent_page_types = ["courses.HomePage"]
    template = "courses/course.html"
    page_description = _("The description of a course. Its modules and tests are pages below it.")
    admin_default_ordering = "ord"
    base_form_class = CourseForm
    exclude_fields_in_copy = ["code"]  # a copy gets the default, which is free
    promote_panels = SLUG_PANELS
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("code"), FieldPanel("short_title")]),
        FieldPanel("lede"),
        FieldPanel("outcomes", heading=_("Afterwards learners can")),
        FieldPanel(
            "on_monday",
            heading=_("On Monday, at work"),
            help_text=_("Shown to whoever has completed the course: what to do first, in one sentence each."),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("hours"), FieldPanel("valid_years"), FieldPanel("next_review")]),
                FieldPanel("audience"),
                FieldPanel("requires"),
                FieldPanel("edition"),
                FieldPanel("authors"),
            ],
            heading=_("About this course"),
        ),
    ]
    search_fields = [*Page.search_fields, index.SearchField("lede"), index.SearchField("short_title")]

    class Meta:
        verbose_name = _("course")

    def clean(self) -> None:
        """Refuse a title or code that certificates cannot print, and the code of another course."""
        super().clean()
        clean_printable(self, "title", "code")
        if self._code_is_taken():
            raise ValidationError({"code": CODE_TAKEN})

    def _code_is_taken(self) -> bool:
        return bool(self.code) and not self.alias_of_id and code_is_taken(self.code, self.translation_key)

    def title_problems(self) -> list[str]:
        """That another released course has this title or short title in this language, in words; two queries.

        Of that course both count: the titles of its newest release, and those of today, which certificates print.
        Translations of a course share its key.
        """
        others = CourseRelease.objects.filter(language=self.locale.language_code).exclude(
            course_key=self.translation_key
        )
        fields = ("course_key", "code", "title", "short_title")
        newest = {release.course_key: release for release in others.order_by("pk").only(*fields)}
        pages = CoursePage.objects.live().filter(translation_key__in=newest, locale=self.locale, alias_of=None)
        text = gettext(
            "The course %(code)s has the same title or short title. Certificates print the title, so choose another one"
            " for this course."
        )
        same = (other for other in (*newest.values(), *pages) if titles_of(other) & titles_of(self))
        return [text % {"code": other.code} for other in same][:1]

    def lacking(self) -> list[str]:
        """Certificates print the title of today, so a course that is released keeps one of its own."""
        released = CourseRelease.objects.of_course(self.translation_key).exists()
        return (
            super().lacking()
            + ([str(CODE_TAKEN)] if self._code_is_taken() else [])
            + (self.title_problems() if released else [])
        )


class ModulePage(ContentPage):
    """A module: a chapter of a course. Its URL redirects to its place in the course outline."""

    number = models.CharField(_("number"), max_length=12, blank=True, help_text=_("As shown, for example 1.2."))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    summary = models.TextField(_("summary"), blank=True)

    preview_modes: list[tuple[str, str]] = []  # a module has no page to preview
    parent_page_types = ["courses.CoursePage"]
    page_description = _("A chapter of a course. Its lessons are pages below it.")
    admin_default_ordering = "ord"
    promote_panels = SLUG_PANELS
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("number"), FieldPanel("minutes")]),
        FieldPanel("summary"),
    ]

    class Meta:
        verbose_name = _("module")

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Redirect to the module's place in the course outline."""
        return redirect(f"{self.get_parent().get_url(request)}#m-{self.translation_key}")


class LessonPage(StepMixin, ContentPage):
    """A lesson: what a learner reads in one sitting."""

    objectives = lines()
    body = BlockField(LessonBlocks(required=False), blank=True)

    parent_page_types = ["courses.ModulePage"]
    template = "courses/lesson.html"
    part_kind = "lesson"
    page_description = _("A page that a learner reads in one sitting and marks as done.")
    promote_panels = SLUG_PANELS
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("number"), FieldPanel("minutes")]),
        FieldPanel("objectives", heading=_("After this lesson you can")),
        FieldPanel("body", heading=_("Reading and activities")),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("searched_text"),
        index.AutocompleteField("searched_text"),
    ]
    preview_modes = [("", _("As a learner"))]

    class Meta:
        verbose_name = _("lesson")

    def searched_text(self) -> str:
        """What the lesson says, for the search index. A block with search_index=False is not in it."""
        fields: list[Any] = [self._meta.get_field(name) for name in ("objectives", "body")]
        parts = [part for field in fields for part in field.get_searchable_content(field.value_from_object(self))]
        return " ".join(" ".join(parts).split())

    def weight(self) -> int:
        return rendering.weight(self)

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Serve the lesson, with feedback on a posted knowledge check. forms.js gets only the feedback."""
        if request.method == "POST" and is_from_script(request):
            return HttpResponse(rendering.check_feedback(request, self))
        return super().serve(request, *args, **kwargs)

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        context = super().get_context(request, *args, **kwargs)
        context["section"] = "courses"
        context["course"] = None  # request.visit has it, except in a preview: see get_preview_context()
        context["body"] = rendering.body(request, self)
        return context

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict:
        """The context of the page, with the course that the lesson belongs to."""
        course = CoursePage.objects.ancestor_of(self).first()
        return {**super().get_preview_context(request, mode_name), "course": course}
