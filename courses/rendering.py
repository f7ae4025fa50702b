"""A lesson's body as HTML: the same for everybody, so rendered once for each version, language and process."""

from __future__ import annotations

import gzip

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.process_cache import remember
from courses.blocks import judge
from standards.blocks import cited_pks
from standards.display import readings

TOKEN_MARK = "<!--csrf-->"  # noqa: S105 - stands where the visitor's own form token goes, which is never cached
SECONDS = 300  # a newly checked statement shows within five minutes


def body(request: HttpRequest, page) -> SafeString:
    """The blocks of the page; an answered knowledge check comes back with its feedback."""
    answered = _answered(request, page)
    fresh = answered or getattr(request, "is_preview", False)
    html = _render(page, answered) if fresh else _cached(page)
    field = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    return mark_safe(html.replace(TOKEN_MARK, field))  # noqa: S308 - rendered by our templates, token escaped above


def answer(request: HttpRequest, page) -> str:
    """The feedback on the check that was posted, without the page around it."""
    for judged in _answered(request, page).values():
        several = sum(option["right"] for option in judged) > 1
        return render_to_string("courses/check_answer.html", {"judged": judged, "several": several})
    return ""


def weight(page) -> int:
    """About how many bytes the text of the lesson transfers, compressed."""
    return len(gzip.compress(_render(page, {}).encode()))


def _cached(page) -> str:
    version = (page.pk, page.live_revision_id, page.last_published_at, get_language())
    return remember(("lesson", *version), SECONDS, lambda: _render(page, {}))


def _render(page, answered: dict) -> str:
    context = {
        "page": page,
        "answered": answered,
        "token_mark": mark_safe(TOKEN_MARK),  # noqa: S308 - a constant of this module
        "readings": readings(cited_pks(page.body), get_language()),
    }
    return render_to_string("courses/body.html", context)


def _answered(request: HttpRequest, page) -> dict:
    """The check that was posted, by block id: its options judged; {} when none was."""
    if request.method != "POST" or "check" not in request.POST:
        return {}
    chosen = set(request.POST.getlist("choice"))
    for block in page.body:
        if block.block_type == "check" and block.id == request.POST["check"]:
            return {block.id: judge(block.value, chosen) if chosen else []}
    return {}
