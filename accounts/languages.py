"""The languages of the interface and of content, and the HTML attributes that mark text in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info

INTERFACE_CODES = frozenset(code for code, _name in settings.INTERFACE_LANGUAGES)


def shown_languages(codes: Iterable[str]) -> list[dict]:
    """These languages for a menu, in the order of settings.LANGUAGES: code, own name, and whether it runs to the left."""
    wanted = set(codes)
    infos = [get_language_info(code) for code, _name in settings.LANGUAGES if code in wanted]
    return [{"code": info["code"], "name": info["name_local"], "rtl": info["bidi"]} for info in infos]


def interface_language(code: str) -> str:
    """The language that the site speaks to somebody who prefers this one: the same, or the default without words in it."""
    return code if code in INTERFACE_CODES else settings.LANGUAGE_CODE


def language_choices(current: str = "") -> list[tuple[str, str]]:
    """What people may choose as their language: those of the interface, and the one that they have already."""
    return [(code, str(name)) for code, name in settings.LANGUAGES if code in INTERFACE_CODES or code == current]


def language_attributes(code: str) -> SafeString:
    """Return the HTML attributes lang and dir for text in this language; "" when the page itself is in it."""
    return SafeString("") if code == get_language() else _attributes(code)


@cache
def _attributes(code: str) -> SafeString:
    """The attributes; remembered, since a page asks for them with each of its texts."""
    return format_html(' lang="{}" dir="{}"', code, "rtl" if get_language_info(code)["bidi"] else "ltr")
