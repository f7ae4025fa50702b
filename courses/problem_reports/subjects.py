"""What a report is about: the server finds page, release and reading position from the address of the page."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, get_language_from_path, gettext_lazy, override
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses import access
from courses.problem_reports.reports import Subject

LONGEST_PATH = 500
# Namespaces whose addresses may be kept as they are. Others may hold a code or the secret of a link in an email.
PUBLIC = {"standards"}
TITLES = {
    "catalogue": gettext_lazy("Courses"),
    "learning": gettext_lazy("My learning"),
    "my_reports": gettext_lazy("My reports"),
    "profile": gettext_lazy("Your details"),
    "privacy": gettext_lazy("What we keep about you"),
    "your_data": gettext_lazy("Your data"),
    "help": gettext_lazy("Help"),
    "certificates:mine": gettext_lazy("Certificates"),
    "certificates:check": gettext_lazy("Check a certificate"),
}


def page_subject(request: HttpRequest, address: str) -> Subject:
    """The page at this address of the site; the site as a whole when there is none."""
    path = _own_path(address)
    match = _resolve(path)
    if match is None:
        return Subject("page", title=_("The whole site"), language=get_language() or "en")
    if match.view_name == "wagtail_serve":
        return _authored_page(request, path, match)
    has_arguments = bool(match.args or match.kwargs)
    shown = path if not has_arguments or match.namespace in PUBLIC else f"/{match.route}"
    title = str(TITLES.get(match.view_name) or shown)
    return Subject("page", title, path if shown == path else "", language=get_language() or "en")


def _own_path(address: str) -> str:
    """The path of an address of this site, without its query; "" for any other text."""
    is_own = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    path = urlsplit(address).path if is_own else ""
    return path if path.isprintable() and len(path) <= LONGEST_PATH else ""


def _resolve(path: str) -> ResolverMatch | None:
    """The URL pattern of a path, in whatever language it is; None when there is none."""
    try:
        with override(get_language_from_path(path) or get_language()):
            return resolve(path)
    except Resolver404:
        return None


def _authored_page(request: HttpRequest, path: str, match: ResolverMatch) -> Subject:
    """A page that authors write. Of a course: with the release that the person has and where they stopped reading."""
    page = Page.find_for_request(request, match.args[0] if match.args else "")
    if page is None:
        return Subject("page", title=path, language=get_language() or "en")
    visit = access.visit(request, page)
    study = visit.study if visit else None
    details = {"release": study.release.number, "block": study.position} if study else {}
    return Subject(
        "page",
        title=page.title,
        path=path,
        key=page.translation_key,
        course_key=visit.course.translation_key if visit else None,
        language=page.locale.language_code,
        details={name: value for name, value in details.items() if value},
    )
