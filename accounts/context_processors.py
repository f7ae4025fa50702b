"""Template context for what every page shows around its content."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from accounts.languages import LANGUAGES
from accounts.site_settings import current_operator, works_here


def in_language(path: str, code: str) -> str:
    """Return the path with its first part, the language code, replaced by `code`."""
    _, _, rest = path.lstrip("/").partition("/")
    return f"/{code}/{rest}"


def language_links(request) -> list[dict]:
    """Return a link to this page in each interface language, each with the language's name in that language."""
    current = get_language()
    path = request.get_full_path()
    return [{**each, "url": in_language(path, each["code"]), "current": each["code"] == current} for each in LANGUAGES]


def frame(request) -> dict:
    user = getattr(request, "user", None)
    return {
        "operator": current_operator(),
        # Lazy, since pages of the admin do not use them.
        "language_links": SimpleLazyObject(lambda: language_links(request)),
        "works_here": SimpleLazyObject(lambda: user is not None and works_here(user)),
    }
