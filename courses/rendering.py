"""Render the body of a lesson. It is the same for everybody, so each process caches it per version and language."""

from __future__ import annotations

import re
from urllib.parse import unquote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import compress_string
from django.utils.translation import get_language, override

from accounts.process_cache import remember
from courses.blocks import check_answer
from standards.blocks import cited_pks
from standards.display import display_statements

TOKEN_MARK = "<!--csrf-->"  # noqa: S105 - a placeholder for the visitor's CSRF token, which is never cached
FRAME_BYTES = 3_000  # what header, outline and footer add to the compressed body; tests/courses/test_sizes.py
CACHE_SECONDS = 300  # a newly confirmed statement shows within five minutes


def body(request: HttpRequest, page) -> SafeString:
    """The HTML of the page's blocks, with the feedback on a knowledge check that was posted."""
    check_results = _check_results(request, page)
    uncached = check_results or getattr(request, "is_preview", False)
    html = _render(page, check_results) if uncached else _cached(page)
    field = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    return mark_safe(html.replace(TOKEN_MARK, field))  # noqa: S308 - rendered by our templates, token escaped above


def check_feedback(request: HttpRequest, page) -> str:
    """The HTML of the feedback on the check that was posted, without the page around it; "" when none was posted."""
    for results in _check_results(request, page).values():
        several = sum(option["right"] for option in results) > 1
        return render_to_string("courses/check_answer.html", {"results": results, "several": several})
    return ""


def weight(page) -> int:
    """The bytes that opening the lesson transfers: the page, compressed as it is sent, and its pictures."""
    with override(page.locale.language_code if page.locale_id else None):
        html = _render(page, {})
    return FRAME_BYTES + len(compress_string(html.encode())) + _picture_bytes(html)


def _picture_bytes(html: str) -> int:
    """The size of all pictures of ours in the HTML. A picture whose file is missing counts nothing."""
    names = {unquote(name) for name in re.findall(f'src="{re.escape(settings.MEDIA_URL)}([^"]+)"', html)}
    return sum(default_storage.size(name) for name in names if default_storage.exists(name))


def _cached(page) -> str:
    version = (page.pk, page.live_revision_id, page.last_published_at, get_language())
    return remember(("lesson", *version), CACHE_SECONDS, lambda: _render(page, {}))


def _render(page, check_results: dict) -> str:
    context = {
        "page": page,
        "check_results": check_results,
        "token_mark": mark_safe(TOKEN_MARK),  # noqa: S308 - a constant of this module
        "displayed_statements": display_statements(cited_pks(page.body), get_language()),
        "shown_statements": set(),
    }
    return render_to_string("courses/body.html", context)


def _check_results(request: HttpRequest, page) -> dict:
    """The result of check_answer() for the check that was posted, by block id; {} when none was posted."""
    if request.method != "POST" or "check" not in request.POST:
        return {}
    chosen = set(request.POST.getlist("choice"))
    for block in page.body:
        if block.block_type == "check" and block.id == request.POST["check"]:
            return {block.id: check_answer(block.value, chosen) if chosen else []}
    return {}
