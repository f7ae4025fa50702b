"""Which lessons and questions cite a statement, from Wagtail's reference index: this app imports neither of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from wagtail.models import Page, ReferenceIndex

from standards.models import SOURCE_LANGUAGE, Statement


@dataclass(frozen=True)
class UsagePlace:
    """A page that cites a statement, and the title of its parent page."""

    title: str
    url: str
    parent_title: str


@dataclass(frozen=True)
class StatementUsage:
    """The live pages that cite a statement, and the number of questions that cite it."""

    places: list[UsagePlace]
    questions: int


def find_usage(statement: Statement, request: HttpRequest) -> StatementUsage:
    """Find what cites the statement, in a constant number of queries. Everything except pages counts as a question."""
    citing = set(ReferenceIndex.get_references_to(statement).values_list("base_content_type_id", "object_id"))
    page_type = ContentType.objects.get_for_model(Page).pk
    pks = [int(pk) for content_type, pk in citing if content_type == page_type]
    return StatementUsage(_usage_places(pks, request), questions=len(citing) - len(pks))


def _usage_places(pks: list[int], request: HttpRequest) -> list[UsagePlace]:
    if not pks:
        return []
    pages = list(
        Page.objects.filter(pk__in=pks, locale__language_code=SOURCE_LANGUAGE)
        .live()
        .public()
        .select_related("locale")
        .order_by("path")
    )
    parents = dict(
        Page.objects.filter(path__in={page.path[: -Page.steplen] for page in pages}).values_list("path", "title")
    )
    return [
        UsagePlace(page.title, page.get_url(request) or "", parents.get(page.path[: -Page.steplen], ""))
        for page in pages
    ]
