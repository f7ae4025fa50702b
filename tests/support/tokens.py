"""What differs from page to page though both say the same: the tokens of their forms."""

import re

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=|"CSRF_TOKEN": )"[^"]+"')


def without_tokens(response) -> str:
    """The page of a response, of Wagtail's admin too, to be compared with another."""
    return TOKEN.sub("", response.content.decode())
