"""Remove form tokens, which differ between otherwise equal pages."""

import re

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=|"CSRF_TOKEN": )"[^"]+"')


def without_tokens(response) -> str:
    """Return the page without its CSRF tokens, to compare it with another one. Works for Wagtail's admin too."""
    return TOKEN.sub("", response.content.decode())
