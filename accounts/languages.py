"""The interface languages, and the HTML attributes that mark text in one of them."""

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info

LANGUAGES = [
    {"code": code, "name": info["name_local"], "rtl": info["bidi"]}
    for code, _name in settings.LANGUAGES
    for info in [get_language_info(code)]
]


def language_attributes(code: str) -> SafeString:
    """Return the HTML attributes lang and dir for text in this language; "" when the page itself is in it."""
    if code == get_language():
        return SafeString("")
    return format_html(' lang="{}" dir="{}"', code, "rtl" if get_language_info(code)["bidi"] else "ltr")
