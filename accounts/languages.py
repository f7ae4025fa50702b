"""The languages of the interface, and the HTML attributes of words in one of them."""

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
    """The attributes lang and dir of words in this language; nothing where the page is in that language itself."""
    if code == get_language():
        return SafeString("")
    return format_html(' lang="{}" dir="{}"', code, "rtl" if get_language_info(code)["bidi"] else "ltr")
