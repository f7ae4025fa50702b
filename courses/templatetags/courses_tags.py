"""Template tags and filters about courses and steps: language, hours, size, minutes."""

from decimal import Decimal
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from wagtail.models import Locale

from accounts.languages import language_attributes
from accounts.process_cache import remember
from accounts.shares import points
from courses.progress import note_version

register = template.Library()
register.simple_tag(language_attributes, name="lang_attributes")
register.filter(points)
register.filter(note_version)


def locale_codes() -> dict[int, str]:
    """Language codes by Locale pk, cached for a minute because every page needs them."""
    return remember("locales", 60, lambda: dict(Locale.objects.values_list("pk", "language_code")))


@register.simple_tag
def lang_of(page):
    """The attributes lang and dir for a page whose language differs from the interface; otherwise nothing."""
    return language_attributes(locale_codes().get(page.locale_id, "en"))


@register.filter
def hours(count: Decimal) -> str:
    """Hours of credit as text. A number with a fraction takes the plural form of 100."""
    whole = int(count) if count == int(count) else 100
    return ngettext("%(n)s hour", "%(n)s hours", whole) % {"n": floatformat(count, "-1")}


@register.filter
def weight(count: int) -> str:
    """Bytes as text: in kB below 100,000, else in MB."""
    if count < 100_000:
        return _("%(n)d kB") % {"n": max(1, round(count / 1000))}
    return _("%(n).1f MB") % {"n": count / 1_000_000}


@register.filter
def in_minutes(count: int) -> str:
    return ngettext("%(minutes)s min", "%(minutes)s min", count) % {"minutes": count}


@register.simple_tag
def reading_time_counts() -> bool:
    """Whether a part of a lesson's minutes must pass before it counts as done, see courses.reading."""
    return settings.READING_SHARE > 0


@register.simple_tag
def step_size(step) -> str:
    """The minutes of a step and, where known, the size of its page: "10 min, 24 kB"."""
    return _size(step.minutes, step.bytes, get_language())


@lru_cache(1000)
def _size(minutes: int, size: int, _language: str) -> str:
    """The words of step_size(), remembered, since an outline asks for them with each of its steps."""
    return in_minutes(minutes) + _(", ") + weight(size) if size else in_minutes(minutes)
