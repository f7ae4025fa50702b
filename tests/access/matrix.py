"""The walk: each person knocks at each door of a room, with each method, and is answered as tests/access/policy.py says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings

from accounts import process_cache
from tests.access import policy
from tests.access import world as worlds
from tests.access.addresses import address, asked
from tests.access.forms import filled_in
from tests.access.people import ANONYMOUS, METHODS, PEOPLE, Rule
from tests.access.requests import Answer, Knock, Visitor
from tests.access.url_patterns import Door, doors
from tests.support.databases import CopiedDatabase
from tests.support.tiers import EVERYTHING

# What looking at a page may write: nothing of it is anybody's record.
WRITTEN_BY_LOOKING = {
    "django_session": "messages, and a form kept while somebody signs in again",
    "accounts_auditentry": "that somebody's record was opened, and by whom",
    "django_cache": "fragments of pages, guessed codes",
    "wagtailusers_userprofile": "one's settings of the admin, made when they are first looked at",
    "wagtailimages_rendition": "a picture in another size, made when it is first shown",
    "wagtailadmin_editingsession": "who has the editor open",
    "wagtailcore_pagesubscription": "that an editor has not asked for mails about a page",
}


# Whose records somebody must not meet anywhere, neither in a list nor in a page about something else.
FOREIGN = {
    "amina": ("egypt",),
    "mona": ("kenya",),
    "rosa": ("egypt",),
    "omar": ("kenya",),
    ANONYMOUS: ("kenya", "egypt"),
}
SHOWN_TO_WHOEVER_HAS_THE_CODE = {"certificates:show"}


@dataclass(frozen=True)
class Visit:
    door: Door
    case: str
    person: str
    method: str
    expected: set[Answer]
    got: Knock

    @property
    def right(self) -> bool:
        return self.got.answer in self.expected and not self.got.leaked

    @property
    def changed_by_looking(self) -> set[str]:
        return set(self.got.wrote) - WRITTEN_BY_LOOKING.keys() if self.method == "GET" else set()

    def __str__(self) -> str:
        of = f" ({self.case})" if self.case else ""
        told = f"{self.got}, expected {' or '.join(sorted(self.expected))}"
        leaked = f", with {sorted(self.got.leaked)}" if self.got.leaked else ""
        return f"{self.method} {self.door}{of} as {self.person}: {told}{leaked}"


def every(_method: str, _expected: set[Answer]) -> bool:
    return True


def unsafe_and_let_in(method: str, expected: set[Answer]) -> bool:
    return method != "GET" and expected == {Answer.OPEN}


def cases_of(declared: Rule | dict[str, Rule]) -> dict[str, Rule]:
    return declared if isinstance(declared, dict) else dict.fromkeys(declared.cases, declared)


class Walk:
    """All visits in one world, each room and person once."""

    def __init__(self, world):
        self.world = world
        self.kept: dict[tuple[str, str], list[Visit]] = {}

    @cached_property
    def doors(self) -> dict[str, Door]:
        return doors()

    @cached_property
    def visitors(self) -> dict[str, Visitor]:
        return {name: self.visitor(name) for name in PEOPLE}

    def visitor(self, name: str, **options) -> Visitor:
        return Visitor(None if name == ANONYMOUS else getattr(self.world.people, name), **options)

    def visits(self, room: str, person: str) -> list[Visit]:
        if (room, person) not in self.kept:
            self.kept[room, person] = [
                visit for key in policy.ROOMS[room] for visit in self.at(key, person, self.visitors[person])
            ]
        return self.kept[room, person]

    def at(
        self, key: str, person: str, visitor: Visitor, wanted: Callable[[str, set[Answer]], bool] = every
    ) -> Iterator[Visit]:
        """This person's visits to one door, in each of its cases, by each method that is wanted."""
        door = self.doors[key]
        hidden = () if key in SHOWN_TO_WHOEVER_HAS_THE_CODE else self.foreign_to(person)
        for case, rule in cases_of(policy.RULES[key]).items():
            path = address(door, self.world, case)
            # Methods that a middleware refuses for every view are tried in full by `make test-all`.
            for method in METHODS if EVERYTHING else METHODS[:2]:
                expected = rule.expected(person, method, case, door.in_admin)
                if wanted(method, expected):
                    data = filled_in(key, self.world) if method == "POST" else asked(key, self.world)
                    yield Visit(door, case, person, method, expected, visitor.knock(method, path, data, hidden))

    def foreign_to(self, person: str) -> tuple[str, ...]:
        return tuple(word for country in FOREIGN.get(person, ()) for word in self.world.things[country].tokens)

    def mistakes(self, keys: list[str], people: Iterable[str] = PEOPLE) -> Iterator[Visit]:
        """What is not as declared at these doors, found anew at each call; the first is enough for some."""
        for key in keys:
            for person in people:
                for visit in self.at(key, person, self.visitors[person]):
                    if not visit.right or visit.changed_by_looking:
                        yield visit

    def forged_forms(self, keys: Iterable[str]) -> Iterator[Visit]:
        """The unsafe requests that would be let in, sent without the token of a page of ours."""
        strict = {name: self.visitor(name, csrf_checks=True) for name in PEOPLE}
        for key in keys:
            for person in PEOPLE:
                yield from self.at(key, person, strict[person], unsafe_and_let_in)


@pytest.fixture(scope="session")
def inhabited_world(
    django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[tuple[CopiedDatabase, SimpleNamespace]]:
    """A database of its own with the world in it, built once for all the files of a process that need it."""
    folder, database = tmp_path_factory.mktemp("world"), CopiedDatabase("world")
    with django_db_blocker.unblock():
        database.create()
        with database.in_use(), override_settings(**settings_of(folder)):
            process_cache.forget()
            world = worlds.build()
            world.folder = folder
            process_cache.forget()
        yield database, world
        database.drop()


@pytest.fixture(scope="module")
def walk(inhabited_world, django_db_blocker) -> Iterator[Walk]:
    """The walk through the world; what a module writes there is taken back at its end.

    A module gets objects of its own: one that points them to rows of its own leaves nothing of that to the next.
    """
    database, world = inhabited_world[0], copy.deepcopy(inhabited_world[1])
    with django_db_blocker.unblock(), database.in_use(), override_settings(**settings_of(world.folder)):
        process_cache.forget()
        with transaction.atomic():
            yield Walk(world)
            transaction.set_rollback(True)
        process_cache.forget()


@pytest.fixture
def db(walk) -> None:
    """In place of pytest-django's: the database as the world has it. By this name it knows that there must be one."""


@pytest.fixture
def in_the_world(db, walk, settings) -> Walk:
    """The walk, with the world's own files within reach of this test."""
    for name, value in settings_of(walk.world.folder).items():
        setattr(settings, name, value)
    return walk


def settings_of(folder) -> dict:
    return {
        "MEDIA_ROOT": folder / "media",
        "CERTIFICATE_ROOT": folder / "certificates",
        "COPIES_ROOT": folder / "copies",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
