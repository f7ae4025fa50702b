"""The walk: each person knocks at each door of a room, with each method, and is answered as tests/policy.py says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest
from django.db import transaction
from django.test import override_settings

from accounts import memory
from tests import policy
from tests import world as worlds
from tests.addresses import address, asked
from tests.audiences import ANONYMOUS, METHODS, PEOPLE, Rule
from tests.doors import Door, doors
from tests.forms import filled_in
from tests.walk import Answer, Knock, Visitor

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
        return self.got.answer in self.expected

    @property
    def changed_by_looking(self) -> set[str]:
        return set(self.got.wrote) - WRITTEN_BY_LOOKING.keys() if self.method == "GET" else set()

    def __str__(self) -> str:
        of = f" ({self.case})" if self.case else ""
        return f"{self.method} {self.door}{of} as {self.person}: {self.got}, not {' or '.join(sorted(self.expected))}"


def cases_of(key: str, rules: policy.Rules) -> dict[str, Rule]:
    declared = rules[key]
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
                visit
                for key in policy.ROOMS[room]
                for visit in self.at(key, policy.ROOMS[room], person, self.visitors[person])
            ]
        return self.kept[room, person]

    def at(self, key: str, rules: policy.Rules, person: str, visitor: Visitor) -> Iterator[Visit]:
        door = self.doors[key]
        for case, rule in cases_of(key, rules).items():
            path = address(door, self.world, case)
            for method in METHODS:
                data = filled_in(key, self.world) if method == "POST" else asked(key, self.world)
                expected = rule.expected(person, method, case, door.in_admin)
                yield Visit(door, case, person, method, expected, visitor.knock(method, path, data))


@pytest.fixture(scope="module")
def walk(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Walk]:
    """An inhabited world that lasts for a module: every visit takes back what it wrote."""
    folder = tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), override_settings(**settings_of(folder)), transaction.atomic():
        memory.forget()
        world = worlds.build()
        world.folder = folder
        yield Walk(world)
        transaction.set_rollback(True)


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
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
