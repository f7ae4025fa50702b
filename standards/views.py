"""The public pages of the Standards: edition, section, statement, search."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.text import small_number
from standards import confirmations
from standards.chapters import chapters, heading
from standards.display import display_queryset, find_neighbours
from standards.forms import SearchForm
from standards.models import SOURCE_LANGUAGE, Edition, Section, Statement, StatementText
from standards.usage import find_usage

PER_PAGE = 20
LARGEST_KEY = 2**63 - 1
AUDIENCES = {
    "clinician": gettext_lazy("clinicians"),
    "manager": gettext_lazy("managers"),
    "policymaker": gettext_lazy("policymakers"),
    "researcher": gettext_lazy("researchers"),
}


def render_page(request: HttpRequest, template: str, *, status: int = 200, **context) -> HttpResponse:
    return render(request, f"standards/{template}.html", {**context, "section": "standards"}, status=status)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Redirect to the newest edition."""
    newest = Edition.objects.first()
    if newest is None:
        return render_page(request, "none")
    return redirect(newest)


@require_safe
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    contents = chapters(edition, get_language() or SOURCE_LANGUAGE)
    entries = [entry for chapter in contents for entry in chapter.entries]
    return render_page(
        request,
        "edition",
        edition=edition,
        chapters=contents,
        statements=sum(entry.statements for entry in entries),
        unchecked=sum(entry.unchecked for entry in entries),
        other_editions=Edition.objects.exclude(pk=edition.pk),
        form=SearchForm(),
    )


@require_safe
def section(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    sections = list(edition.sections.all())
    index = next((number for number, row in enumerate(sections) if row.code == code), None)
    if index is None:
        return code_not_found(request, edition, code)
    current_section = sections[index]
    return render_page(
        request,
        "section",
        edition=edition,
        current_section=current_section,
        chapter=heading(current_section.chapter),
        siblings=[row for row in sections if row.chapter == current_section.chapter],
        previous=sections[index - 1] if index else None,
        next=sections[index + 1] if index + 1 < len(sections) else None,
        statements=list(display_queryset(current_section.statements.all(), get_language()).values()),
    )


@require_safe
def statement(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    statement = Statement.objects.select_related("edition", "section").filter(edition__slug=slug, code=code).first()
    if statement is None:
        edition = get_object_or_404(Edition, slug=slug)
        is_section = Section.objects.filter(edition=edition, code=code).exists()
        return redirect("standards:section", slug, code) if is_section else code_not_found(request, edition, code)
    neighbours = find_neighbours(statement, get_language())
    displayed = neighbours.statement
    sources = statement.edition.sources
    return render_page(
        request,
        "statement",
        statement=statement,
        edition=statement.edition,
        current_section=statement.section,
        displayed=displayed,
        neighbours=neighbours,
        source_titles=[sources[name]["title"] for name in statement.sources if name in sources],
        audience=join_names([str(AUDIENCES.get(name, name)) for name in statement.audience]),
        usage=find_usage(statement, request),
        permanent_url=permanent_url(statement),
        may_confirm=displayed.unchecked and request.user.has_perm(confirmations.PERMISSION),
    )


@require_POST
@login_required
def confirm(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Record that the editor has compared a text with the publication. `text` is the pk of the text."""
    editor = request.user
    if not (isinstance(editor, User) and editor.has_perm(confirmations.PERMISSION)):
        raise PermissionDenied
    texts = StatementText.objects.filter(statement__edition__slug=slug, statement__code=code)
    text = get_object_or_404(texts, pk=small_number(request.POST.get("text", ""), LARGEST_KEY))
    if confirmations.confirm(text, editor):
        messages.success(request, _("Recorded: you have compared this wording with the publication."))
    else:
        messages.info(request, _("This wording was already confirmed. Nothing has changed."))
    return redirect("standards:statement", slug, code)


@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    submitted = bool(request.GET.get("q", "").strip())
    form = SearchForm(request.GET if submitted else None)
    results = page = None
    if submitted and form.is_valid():
        words = form.cleaned_data["q"]
        if "." in words and edition.has_code(words.upper()):
            return redirect("standards:statement", slug, words.upper())
        matches = Statement.objects.filter(edition=edition).search(words)
        page = Paginator(matches, PER_PAGE).get_page(request.GET.get("p"))
        pks = [row.pk for row in page]
        by_pk = display_queryset(Statement.objects.filter(pk__in=pks), get_language())
        results = [by_pk[pk] for pk in pks]
    return render_page(request, "search", edition=edition, form=form, submitted=submitted, page=page, results=results)


def code_not_found(request: HttpRequest, edition: Edition, code: str) -> HttpResponse:
    """The 404 page for a code that this edition does not have. It offers the search."""
    return render_page(request, "missing", status=404, edition=edition, code=code, form=SearchForm())


def join_names(names: list[str]) -> str:
    """Join the names into one phrase in the active language.

    The "and" is part of the translated text, because in Arabic it is attached to the next word.
    """
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": _(", ").join(names[:-1]), "last": names[-1]}


def permanent_url(statement: Statement) -> str:
    """The URL to cite: without a language prefix, so that readers get the page in their own language."""
    path = reverse("standards:statement", args=[statement.edition.slug, statement.code])
    return settings.BASE_URL + path.removeprefix(f"/{get_language()}")
