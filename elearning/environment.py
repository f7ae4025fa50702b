"""The environment variables and the data folder, which all settings modules use.

Every variable that the product reads is read through `env`, so that docs/operate.md can be compared with the code
(tests/elearning/test_settings_reference.py).
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale

from elearning import proxies

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.Env):
    """Environment variables. An empty one counts as not set, and one that cannot be read is named in the error."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()  # what has been read so far

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False) -> Any:
        self.names.add(var)
        value = self.ENVIRON.get(var, "")
        if not value and default is not self.NOTSET:
            return default
        # django-environ would read the variable of that name. elearning.production reports it.
        if value.startswith("$") and cast in (None, str):
            return value
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError:
            raise ImproperlyConfigured(f"{var} must be a number, for example {default}.") from None


env = Environment()

# The running product writes below this folder only, unless a setting names another path.
VAR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)


def redis_url() -> str:
    """Return REDIS_URL with REDIS_PASSWORD in it, which may have any characters; "" without REDIS_URL."""
    url, password = env("REDIS_URL", default=""), env("REDIS_PASSWORD", default="")
    if not (url and password):
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f":{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"))


def database() -> dict[str, Any]:
    """Return Django's configuration of the database: DATABASE_HOST and its like, or DATABASE_URL, or SQLite.

    DATABASE_PASSWORD may have any characters. In DATABASE_URL, characters such as / # @ % must be quoted.
    """
    password = env("DATABASE_PASSWORD", default="")
    if host := env("DATABASE_HOST", default=""):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": host,
            "PORT": env("DATABASE_PORT", default="5432"),
            "NAME": env("DATABASE_NAME", default="plumbline"),
            "USER": env("DATABASE_USER", default="plumbline"),
            "PASSWORD": password,
        }
    try:
        config = env.db_url_config(env("DATABASE_URL", default=f"sqlite:///{VAR / 'db.sqlite3'}"))
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. If the password has characters such as / # @ % : then take it out of the "
            "address and write it into DATABASE_PASSWORD."
        ) from None
    return config | ({"PASSWORD": password} if password else {})


def host_of(url: str) -> str:
    """Return the host of an address; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def trusted_proxies() -> tuple[proxies.Network, ...]:
    """Return the networks of TRUSTED_PROXIES. Raises ImproperlyConfigured for what is no network.

    In production nobody is trusted then, so that elearning.production can report it with everything else.
    """
    try:
        return proxies.networks(env.list("TRUSTED_PROXIES", default=[]))
    except ValueError:
        if PRODUCTION:
            return ()
        raise ImproperlyConfigured("TRUSTED_PROXIES must be addresses or networks, such as 127.0.0.1.") from None


REDIS_URL = redis_url()
EMBEDDED = not REDIS_URL
# An installation with services of its own, which must be safe to expose. elearning.production says what that needs.
PRODUCTION = not EMBEDDED and bool(env("DATABASE_URL", default="") or env("DATABASE_HOST", default=""))


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
