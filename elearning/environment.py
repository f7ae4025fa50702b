"""The environment variables and the data folder, which all settings modules use.

Every variable that the product reads is read through `env`, so that docs/operate.md can be compared with the code
(tests/elearning/test_settings_reference.py).
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale

from elearning import proxies

BASE_DIR = Path(__file__).resolve().parent.parent
EXIT_CODE = 3  # gunicorn gives up at 3; at any other code it would start the next process that ends the same way
ON, OFF = {"1", "true", "yes", "on", "y", "ok", "t"}, {"0", "false", "no", "off", "n", "f"}


@dataclass(frozen=True)
class Problem:
    """One variable that is missing or wrong: what is wrong, in a sentence, and how a right one looks."""

    variable: str
    what: str
    example: str

    def __str__(self) -> str:
        return f"{self.variable} {self.what}. For example: {self.example}"


class Environment(environ.Env):
    """Environment variables. An empty one counts as not set.

    One with a wrong value counts as not set too, and stands in `wrong`: elearning.production reports all of them at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()  # what has been read so far
        self.wrong: dict[str, Problem] = {}

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False) -> Any:
        self.names.add(var)
        value = self.ENVIRON.get(var, "").strip() if cast in (bool, int, float) else self.ENVIRON.get(var, "")
        if not value and default is not self.NOTSET:
            return default
        # django-environ would read the variable of that name. elearning.production reports it.
        if value.startswith("$"):
            if cast in (None, str):
                return value
            self.refuse(var, "begins with $: the variable that should stand here was not replaced", default)
            return default
        if cast is bool:
            return self._switch(var, value, default)
        if cast in (int, float):
            return self._number(var, value, cast, default)
        return super().get_value(var, cast, default, parse_default)

    def refuse(self, var: str, what: str, example: object) -> None:
        """Remember that the value of a variable is wrong. The settings go on with another one, to find all that are."""
        self.wrong[var] = Problem(var, what, f"{var}={example}")

    def one_of(self, var: str, choices: Sequence[str], default: str) -> str:
        """Return a variable that has one of these values."""
        value = self(var, default=default)
        if value not in choices:
            self.refuse(var, f"must be one of {', '.join(choices)}", default)
            return default
        return value

    def _switch(self, var: str, value: str, default: Any) -> Any:
        if value.lower() in ON | OFF:
            return value.lower() in ON
        self.refuse(var, "must be 1 for on or 0 for off", 1)
        return default

    def _number(self, var: str, value: str, cast: Any, default: Any) -> Any:
        """Read a number strictly: django-environ takes 10m for 10."""
        try:
            number = cast(value)
        except ValueError:
            number = math.nan
        if 0 <= number < math.inf:
            return number
        kind = "a whole number" if cast is int else "a number, with a point and no unit"
        self.refuse(var, f"must be {kind}", default)
        return default


env = Environment()

# The running product writes below this folder only, unless a setting names another path.
VAR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
try:
    VAR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    sys.stderr.write(f"VAR_DIR: the folder {VAR} cannot be made ({error.strerror}).\n")  # nothing can go on without it
    raise SystemExit(EXIT_CODE) from None
SQLITE = f"sqlite:///{VAR / 'db.sqlite3'}"


def redis_url() -> str:
    """Return REDIS_URL with REDIS_PASSWORD in it, which may have any characters; "" without REDIS_URL."""
    url, password = env("REDIS_URL", default=""), env("REDIS_PASSWORD", default="")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if url and not url.startswith("$") and (parts.scheme not in ("redis", "rediss") or not parts.hostname):
        env.refuse("REDIS_URL", "must be an address that begins with redis:// or rediss://", "redis://127.0.0.1:6379/0")
    if not (url and password):
        return url
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
            "PORT": env.int("DATABASE_PORT", default=5432),
            "NAME": env("DATABASE_NAME", default="plumbline"),
            "USER": env("DATABASE_USER", default="plumbline"),
            "PASSWORD": password,
        }
    try:
        config = env.db_url_config(env("DATABASE_URL", default=SQLITE))
    except (ValueError, ImproperlyConfigured):  # without Python's message, which would show a part of the password
        env.refuse(
            "DATABASE_URL",
            "cannot be read. A password with / # @ % or : belongs into DATABASE_PASSWORD",
            "postgresql://plumbline@127.0.0.1:5432/plumbline",
        )
        config = env.db_url_config(SQLITE)
    return config | ({"PASSWORD": password} if password else {})


def mail_server() -> dict[str, Any]:
    """Return Django's configuration of the mail server in EMAIL_URL; {} without one."""
    url = env("EMAIL_URL", default="")
    if not url or url.startswith("$"):
        return {}
    try:
        config = env.email_url_config(url)
        if not config["EMAIL_HOST"] and url.startswith("smtp"):
            raise ValueError
    except (ValueError, ImproperlyConfigured):
        what = (
            "must be an address that begins with smtp+tls:// (port 587), smtp+ssl:// (465) or smtp:// (not encrypted)"
        )
        env.refuse("EMAIL_URL", what, "smtp+tls://user:password@mail.example.org:587")
        return {}
    return config


def host_of(url: str) -> str:
    """Return the host of an address; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def trusted_proxies() -> tuple[proxies.Network, ...]:
    """Return the networks of TRUSTED_PROXIES."""
    try:
        return proxies.networks(env.list("TRUSTED_PROXIES", default=[]))
    except ValueError:
        what = "is not a list of addresses or networks"
        env.refuse("TRUSTED_PROXIES", what, "127.0.0.1 (the address from which the proxy reaches us), or none")
        return ()


def is_production() -> bool:
    """Whether this installation must be safe to expose: it has an https:// address, or a database server of its own.

    A developer's with DEBUG, PostgreSQL and no Redis is none, as long as no https:// address leads to it.
    """
    database = env("DATABASE_HOST", default="") or env("DATABASE_URL", default="")
    if env("BASE_URL", default="").lower().startswith("https://"):
        return True
    if EMBEDDED:
        return bool(database) and not database.startswith("sqlite") and not env.bool("DEBUG", default=False)
    return bool(database)


REDIS_URL = redis_url()
EMBEDDED = not REDIS_URL
PRODUCTION = is_production()  # elearning.production says what it needs


def share(name: str, default: float) -> float:
    """Return a variable that is a share from 0 to 1."""
    value = env.float(name, default=default)
    if value <= 1 and name not in env.wrong:
        return value
    env.refuse(name, "must be a number from 0 to 1, with a point", 0.5)
    return default


def has_words(language: str, locale_path: Path) -> bool:
    """Whether the catalogue of a language is compiled, which it is once it is complete (TRANSLATED in Makefile)."""
    return (locale_path / to_locale(language) / "LC_MESSAGES" / "django.mo").exists()
