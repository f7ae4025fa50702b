"""Template context for the header and footer of every page."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from accounts.languages import INTERFACE_CODES, shown_languages
from accounts.site_settings import can_open_admin, current_operator


def in_language(path: str, code: str) -> str:
    """Return the path with its first part, the language code, replaced by `code`."""
    _, _, rest = path.lstrip("/").partition("/")
    return f"/{code}/{rest}"


def language_links(request) -> list[dict]:
    """Return a link to this page for each interface language, with the language's name in that language."""
    current = get_language()
    path = request.get_full_path()
    return [
        {**language, "url": in_language(path, language["code"]), "current": language["code"] == current}
        for language in shown_languages(INTERFACE_CODES)
    ]


def frame(request) -> dict:
    user = getattr(request, "user", None)
    return {
        "operator": current_operator(),
        # Lazy, since pages of the admin do not use them.
        "language_links": SimpleLazyObject(lambda: language_links(request)),
        "can_open_admin": SimpleLazyObject(lambda: user is not None and can_open_admin(user)),
    }
