"""What search engines are told: which pages are private (robots.txt), and where the public ones are (sitemap.xml)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.context_processors import in_language
from courses import access, catalogue
from standards.models import Edition, Section, Statement

# A star stands for the language, or for a code. Certificates are not here: their pages say "noindex", which only
# somebody who may read them can know.
PRIVATE = [
    *("/admin/", "/*/_util/", "/health/", "/media/", "/metrics"),
    *("/*/accounts/", "/*/learning/", "/*/quiz/", "/*/certificates/mine/", "/*/certificates/*/pdf/"),
    "/*/standards/*/search/",
]
PUBLIC_WITHIN = ["/media/images/", "/*/accounts/help/", "/*/accounts/privacy/", "/*/accounts/signup/"]
PUBLIC_VIEWS = ["catalogue", "certificates:check", "help", "privacy", "account_signup"]


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *"]
    lines += [f"Disallow: {path}" for path in PRIVATE] + [f"Allow: {path}" for path in PUBLIC_WITHIN]
    lines += ["", f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    return views.sitemap(request, {"public": PublicSitemap()})


class PublicSitemap(Sitemap):
    """The pages that everybody may read, each in one language: its own, or that of the source. Of lessons, the first.

    A page names its translations itself (elearning/templatetags/head.py).
    """

    protocol = urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site=None) -> str:
        return urlsplit(settings.BASE_URL).netloc

    def location(self, item: tuple[str, datetime | None]) -> str:
        return item[0]

    def lastmod(self, item: tuple[str, datetime | None]) -> datetime | None:
        return item[1]

    def items(self) -> list[tuple[str, datetime | None]]:
        """Return (path, day of the last change); a constant number of queries."""
        with override(settings.LANGUAGE_CODE):
            pages = [reverse("wagtail_serve", args=[""]), *map(reverse, PUBLIC_VIEWS)]
            entries = catalogue.entries()
            courses = [
                (in_language(entry.url, entry.course.locale.language_code), entry.course.last_published_at)
                for entry in entries
            ]
            releases = {entry.release.pk: entry.release for entry in entries}.values()
            courses += [(in_language(lesson.url, lesson.language), None) for lesson in access.first_lessons(releases)]
            texts = [*Edition.objects.all(), *_in_editions(Section), *_in_editions(Statement)]
            return [(path, None) for path in pages] + courses + [(text.get_absolute_url(), None) for text in texts]


def _in_editions(model):
    return model.objects.select_related("edition").order_by("edition", "pk")
