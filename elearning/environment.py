"""The environment variables and the data folder, which all settings modules use."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# The running product writes below this folder only, unless a setting names another path.
VAR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)

REDIS_URL = env("REDIS_URL", default="")
EMBEDDED = not REDIS_URL


def share(name: str, default: float) -> float:
    """Return a variable that is a share from 0 to 1. Raises ImproperlyConfigured for any other number."""
    try:
        value = float(env(name, default=str(default)))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ImproperlyConfigured(f"{name} must be from 0 to 1.")
    return value


def has_words(language: str, locale_path: Path) -> bool:
    """Whether the catalogue of a language is compiled, which it is once it is complete (TRANSLATED in Makefile)."""
    return (locale_path / to_locale(language) / "LC_MESSAGES" / "django.mo").exists()
