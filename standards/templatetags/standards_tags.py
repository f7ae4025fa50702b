from typing import Any

from django import template
from django.utils.safestring import SafeString

from accounts.languages import language_attributes
from standards.display import DisplayedStatement
from standards.models import SOURCE_LANGUAGE

register = template.Library()


@register.simple_tag
def lang_attrs(language: str = SOURCE_LANGUAGE) -> SafeString:
    """The attributes lang and dir for text of the Standards, by default in the source language."""
    return language_attributes(language)


@register.simple_tag(takes_context=True)
def was_shown(context: template.Context, displayed: DisplayedStatement) -> bool:
    """Whether the page has shown this statement before. A page that wants to know has a set `shown_statements`."""
    shown: Any = context.get("shown_statements", set())
    before = displayed.pk in shown
    shown.add(displayed.pk)
    return before
