from django import template
from django.utils.safestring import SafeString

from accounts.languages import language_attributes
from standards.models import SOURCE_LANGUAGE

register = template.Library()


@register.simple_tag
def lang_attrs(language: str = SOURCE_LANGUAGE) -> SafeString:
    """The attributes lang and dir for text of the Standards, by default in the source language."""
    return language_attributes(language)
