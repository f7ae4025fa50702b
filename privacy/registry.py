"""The combined privacy registers of all apps. Only this module imports every app's privacy.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accounts import privacy as accounts
from accounts import privacy_register
from accounts.models import User
from accounts.privacy_register import Purpose, Register, Words
from certificates import privacy as certificates
from courses import privacy as courses
from privacy import privacy
from quizzes import privacy as quizzes
from standards import privacy as standards

# In the order of the layers: an app's rows are erased before the rows they point to.
APPS = (privacy, quizzes, courses, standards, certificates, accounts)
REGISTERS: tuple[Register, ...] = tuple(app.REGISTER for app in APPS)


# Purposes that concern everybody come first; the others follow in the order of the apps.
FIRST = (
    accounts.ACCOUNT,
    accounts.WORK,
    courses.LEARNING,
    courses.NOTES,
    quizzes.ANSWERS,
    certificates.CERTIFICATES,
    accounts.EMAILS,
    accounts.SIGNING_IN,
)


def purposes() -> list[Purpose]:
    """Return the purposes on the page "What we keep about you", each once."""
    return list(dict.fromkeys([*FIRST, *(purpose for register in REGISTERS for purpose in register.purposes())]))


def kept_in_browsers() -> list[Words]:
    """Return a sentence for each cookie, then for each browser store."""
    cookies = [words for register in REGISTERS for words in register.cookies.values()]
    return cookies + [words for register in REGISTERS for words in register.stores.values()]


def rows_about(person: User) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    for register in REGISTERS:
        yield from privacy_register.copy_of(register, person)


def files_of(person: User) -> Iterator[tuple[str, Path]]:
    for app in APPS:
        yield from app.files(person)


def erase(person: User) -> list[Path]:
    """Erase the person in every app, in the caller's transaction. Return the files that the caller must delete."""
    return [path for app in APPS for path in app.erase(person)]
