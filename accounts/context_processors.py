"""What every page's frame shows, whoever asks."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from accounts.languages import LANGUAGES
from accounts.site_settings import current_operator, works_here


def in_language(path: str, code: str) -> str:
    """The same address in another language: every page of ours begins with its language's code."""
    _, _, rest = path.lstrip("/").partition("/")
    return f"/{code}/{rest}"


def language_links(request) -> list[dict]:
    """The same page in each interface language, each named in itself."""
    current = get_language()
    path = request.get_full_path()
    return [{**each, "url": in_language(path, each["code"]), "current": each["code"] == current} for each in LANGUAGES]


def frame(request) -> dict:
    user = getattr(request, "user", None)
    return {
        "operator": current_operator(),
        # Lazy: the admin's pages and the mails' frames do not ask for them.
        "language_links": SimpleLazyObject(lambda: language_links(request)),
        "works_here": SimpleLazyObject(lambda: user is not None and works_here(user)),
    }
