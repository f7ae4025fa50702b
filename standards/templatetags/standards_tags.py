from django import template
from django.utils.safestring import SafeString

from accounts.languages import language_attributes
from standards.models import SOURCE_LANGUAGE

register = template.Library()


@register.simple_tag
def lang_attrs(language: str = SOURCE_LANGUAGE) -> SafeString:
    """The lang and dir attributes of words of the Standards, which are in their source language unless translated."""
    return language_attributes(language)
