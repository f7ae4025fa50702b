from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info

from standards.models import SOURCE_LANGUAGE

register = template.Library()


@register.simple_tag
def lang_attrs(language: str = SOURCE_LANGUAGE) -> SafeString:
    """The lang and dir attributes of words in `language`; nothing where the page is in that language itself."""
    if language == get_language():
        return SafeString("")
    return format_html(' lang="{}" dir="{}"', language, "rtl" if get_language_info(language)["bidi"] else "ltr")
