"""Lead from a former address of a page to its address of today. Reasons: docs/decisions/0064."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

DEPTH = 3  # a course, a module, a step


class RedirectMiddleware:
    """Redirect a missing page to the live page that had this address, or that is below a page that had it.

    wagtail.contrib.redirects writes a row when a page moves or its slug changes. Wagtail's own middleware would find
    it in the language of the author only, since the path begins with one; it would miss pages that were not published
    then; and it answers "permanently", which a browser keeps when the slug is changed back. The answer here is 307: it
    is not kept, and a form that was open keeps what it sends.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != 404 or match is None or match.url_name != "wagtail_serve":
            return response
        path = present_path(match.args[0])
        return HttpResponseRedirect(reverse("wagtail_serve", args=[path]), preserve_request=True) if path else response


def present_path(path: str) -> str:
    """The path of the live page that had this path below the home page; "" when there is none. At most two queries.

    Who may read that page is decided when it is opened.
    """
    parts = path.strip("/").split("/")
    if not path or len(parts) > DEPTH:
        return ""
    prefixes = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    codes = [code for code, _name in settings.LANGUAGES]
    prefix_of = {f"/{code}/{prefix}": prefix for prefix in prefixes for code in codes}
    rows = Redirect.objects.filter(old_path__in=prefix_of, redirect_page__isnull=False).order_by("-pk")
    moved = [(prefix_of[old], new) for old, new in rows.values_list("old_path", "redirect_page__url_path")]
    # The longest former path first, and of several pages that had it, the last one.
    moved.sort(key=lambda pair: -len(pair[0]))
    candidates = [new + path.removeprefix(f"{prefix}/") for prefix, new in moved]
    live = set(Page.objects.live().filter(url_path__in=candidates).values_list("url_path", flat=True))
    return next((url_path.split("/", 2)[2] for url_path in candidates if url_path in live), "")
