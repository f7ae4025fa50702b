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


def show(request: HttpRequest, template: str, *, status: int = 200, **context) -> HttpResponse:
    return render(request, f"standards/{template}.html", {**context, "section": "standards"}, status=status)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Redirect to the newest edition."""
    newest = Edition.objects.first()
    if newest is None:
        return show(request, "none")
    return redirect(newest)


@require_safe
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Edition, slug=slug)
    contents = chapters(found, get_language() or SOURCE_LANGUAGE)
    entries = [entry for chapter in contents for entry in chapter.entries]
    return show(
        request,
        "edition",
        edition=found,
        chapters=contents,
        statements=sum(entry.statements for entry in entries),
        unchecked=sum(entry.unchecked for entry in entries),
        others=Edition.objects.exclude(pk=found.pk),
        form=SearchForm(),
    )


@require_safe
def section(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    found = get_object_or_404(Edition, slug=slug)
    sections = list(found.sections.all())
    place = next((number for number, row in enumerate(sections) if row.code == code), None)
    if place is None:
        return missing(request, found, code)
    here = sections[place]
    return show(
        request,
        "section",
        edition=found,
        part=here,
        chapter=heading(here.chapter),
        siblings=[row for row in sections if row.chapter == here.chapter],
        previous=sections[place - 1] if place else None,
        next=sections[place + 1] if place + 1 < len(sections) else None,
        display_statements=list(display_queryset(here.statements.all(), get_language()).values()),
    )


@require_safe
def statement(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    found = Statement.objects.select_related("edition", "section").filter(edition__slug=slug, code=code).first()
    if found is None:
        edition = get_object_or_404(Edition, slug=slug)
        part = Section.objects.filter(edition=edition, code=code).first()
        return redirect("standards:section", slug, code) if part else missing(request, edition, code)
    around = find_neighbours(found, get_language())
    sources = found.edition.sources
    return show(
        request,
        "statement",
        statement=found,
        edition=found.edition,
        part=found.section,
        reading=around.here,
        around=around,
        rests_on=[sources[name]["title"] for name in found.sources if name in sources],
        audience=listed([str(AUDIENCES.get(name, name)) for name in found.audience]),
        taught=find_usage(found, request),
        address=permanent_address(found),
        may_confirm=around.here.unchecked and request.user.has_perm(confirmations.PERMISSION),
    )


@require_POST
@login_required
def confirm(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Record that the editor has compared the text on the page, sent as `text`, with the publication."""
    editor = request.user
    if not (isinstance(editor, User) and editor.has_perm(confirmations.PERMISSION)):
        raise PermissionDenied
    texts = StatementText.objects.filter(statement__edition__slug=slug, statement__code=code)
    text = get_object_or_404(texts, pk=small_number(request.POST.get("text", ""), LARGEST_KEY))
    if confirmations.confirm(text, editor):
        messages.success(request, _("Recorded: you have compared this wording with the publication."))
    else:
        messages.info(request, _("This wording had been confirmed before; nothing has changed."))
    return redirect("standards:statement", slug, code)


@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Edition, slug=slug)
    asked = bool(request.GET.get("q", "").strip())
    form = SearchForm(request.GET if asked else None)
    results = page = None
    if asked and form.is_valid():
        words = form.cleaned_data["q"]
        if "." in words and found.has_code(words.upper()):
            return redirect("standards:statement", slug, words.upper())
        page = Paginator(Statement.objects.filter(edition=found).search(words), PER_PAGE).get_page(request.GET.get("p"))
        order = [row.pk for row in page]
        by_pk = display_queryset(Statement.objects.filter(pk__in=order), get_language())
        results = [by_pk[pk] for pk in order]
    return show(request, "search", edition=found, form=form, asked=asked, page=page, results=results)


def missing(request: HttpRequest, edition: Edition, code: str) -> HttpResponse:
    """The 404 page for a code that this edition does not have. It offers the search."""
    return show(request, "missing", status=404, edition=edition, code=code, form=SearchForm())


def listed(names: list[str]) -> str:
    """Join the names to one phrase in the active language.

    The "and" is part of the translated text, because Arabic joins it to the next word.
    """
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": _(", ").join(names[:-1]), "last": names[-1]}


def permanent_address(statement: Statement) -> str:
    """The URL to cite: without a language prefix, so that readers get the page in their own language."""
    path = reverse("standards:statement", args=[statement.edition.slug, statement.code])
    return settings.BASE_URL + path.removeprefix(f"/{get_language()}")
