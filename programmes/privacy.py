"""What all rooms together keep about people: the one place that composes their personal.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accounts import privacy as accounts
from accounts import privacy_register
from accounts.models import User
from accounts.privacy_register import Register, Topic
from certificates import privacy as certificates
from courses import privacy as courses
from programmes import personal as programmes
from quizzes import privacy as quizzes
from standards import privacy as standards

# From left to right along the arrows: rows go before those they point to.
ROOMS = (programmes, quizzes, courses, standards, certificates, accounts)
REGISTERS: tuple[Register, ...] = tuple(room.REGISTER for room in ROOMS)


# What concerns everybody comes first; the rest in the order of the rooms.
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


def topics() -> list[Topic]:
    """What the public page tells, each thing once."""
    return list(dict.fromkeys([*FIRST, *(topic for register in REGISTERS for topic in register.topics())]))


def rows_about(person: User) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    for register in REGISTERS:
        yield from privacy_register.copy_of(register, person)


def files_of(person: User) -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        yield from room.files(person)


def erase(person: User) -> list[Path]:
    """Erase the person in every room, in the caller's transaction; the files that have to go with them."""
    return [path for room in ROOMS for path in room.erase(person)]
