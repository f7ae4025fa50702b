"""An icon, as a tag (templates/components/icon.html includes it), and the CSS class of a message."""

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

CHECK = SafeString('<path d="m4 10.5 4 4 8-9"/>')
TRIANGLE = SafeString('<path d="M10 3 18 17H2zM10 8v4.5M10 14.2v.8"/>')
INFO = SafeString('<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5M10 6v.8"/>')
# 20 by 20; the stroke is that of style.css.
DRAWINGS = {
    "success": CHECK,
    "right": CHECK,
    "wrong": SafeString('<path d="m5 5 10 10M15 5 5 15"/>'),
    "warning": TRIANGLE,
    "error": TRIANGLE,
    "warn": TRIANGLE,
    "clock": SafeString('<circle cx="10" cy="10" r="7.5"/><path d="M10 5.5V10l3 2"/>'),
    "download": SafeString('<path d="M10 3v9m-4-4 4 4 4-4M4 16.5h12"/>'),
    "before": SafeString('<path d="M17 10H4m5-5-5 5 5 5"/>'),
    "after": SafeString('<path d="M3 10h13m-5-5 5 5-5 5"/>'),
    "globe": SafeString('<circle cx="10" cy="10" r="7.5"/><path d="M2.5 10h15M10 2.5c-5 5-5 10 0 15 5-5 5-10 0-15z"/>'),
    "phone": SafeString('<path d="M6 2.5h8v15H6zM9 15h2"/>'),
    "up": SafeString('<path d="M10 17V4m-5 5 5-5 5 5"/>'),
    "down": SafeString('<path d="M10 3v13m-5-5 5 5 5-5"/>'),
    "dot": SafeString('<circle cx="10" cy="10" r="5"/>'),
}
NOTE_CLASSES = {"success": " ok", "warning": " warn", "error": " bad"}
FLIPPED = {"before", "after"}  # in languages that are written to the left


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Return an icon as SVG. An unknown name gets the shapes of "info"."""
    return format_html(
        '<svg class="icon{}"\n  viewBox="0 0 20 20" aria-hidden="true" focusable="false">{}</svg>',
        " flip" if name in FLIPPED else "",
        DRAWINGS.get(name, INFO),
    )


@register.filter
def note_class(level_tag: str) -> str:
    """Return the CSS class, after a space, of a note for a message of this level. "" for a level without one."""
    return NOTE_CLASSES.get(level_tag, "")
