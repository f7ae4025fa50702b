"""The access matrix: each person requests each URL with each method, and gets the answer that tests/access/policy.py declares."""

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
from tests.access.addresses import address, query_for
from tests.access.forms import form_data
from tests.access.people import ANONYMOUS, METHODS, PEOPLE, Rule
from tests.access.requests import Answer, RequestResult, Visitor
from tests.access.url_patterns import UrlPattern, url_patterns
from tests.support.databases import CopiedDatabase
from tests.support.tiers import EVERYTHING

# The tables that a GET request may change. None of them holds records of people.
ALLOWED_CHANGES = {
    "accounts_session": "messages, and a form kept while somebody signs in again",
    "accounts_throttle": "how many sessions visitors of one network have begun",
    "accounts_auditentry": "that somebody's record was opened, and by whom",
    "courses_lessonreading": "that a lesson was sent to its learner for the first time",
    "django_cache": "fragments of pages, guessed codes",
    "wagtailusers_userprofile": "the settings of somebody in the admin, created at first use",
    "wagtailimages_rendition": "an image in another size, created at first use",
    "wagtailadmin_editingsession": "who has the editor open",
    "wagtailcore_pagesubscription": "that an editor gets no emails about a page",
}


# The countries whose people must not appear in any response to this person.
FOREIGN = {
    "amina": ("egypt",),
    "mona": ("kenya",),
    "rosa": ("egypt",),
    "omar": ("kenya",),
    ANONYMOUS: ("kenya", "egypt"),
}
# A middleware refuses the other methods before it asks who somebody is. `make test-all` tries them as these people.
WITH_ALL_METHODS = (ANONYMOUS, "administrator")
SHOWN_WITH_THE_CODE = {"certificates:show", "undo_account_change"}


@dataclass(frozen=True)
class MatrixCase:
    """One request of the matrix, with the expected answers and the result."""

    pattern: UrlPattern
    variant: str  # of the pattern: "kenya" or "egypt" for records, a page, a bulk action
    person: str
    method: str
    expected: set[Answer]
    result: RequestResult

    @property
    def as_expected(self) -> bool:
        return self.result.answer in self.expected and not self.result.leaked

    @property
    def changed_by_get(self) -> set[str]:
        return set(self.result.changed_tables) - ALLOWED_CHANGES.keys() if self.method == "GET" else set()

    def __str__(self) -> str:
        variant = f" ({self.variant})" if self.variant else ""
        answer = f"{self.result}, expected {' or '.join(sorted(self.expected))}"
        leaked = f", with {sorted(self.result.leaked)}" if self.result.leaked else ""
        return f"{self.method} {self.pattern}{variant} as {self.person}: {answer}{leaked}"


def any_request(_method: str, _expected: set[Answer]) -> bool:
    return True


def is_allowed_write(method: str, expected: set[Answer]) -> bool:
    return method != "GET" and expected == {Answer.OPEN}


def variants_of(declared: Rule | dict[str, Rule]) -> dict[str, Rule]:
    return declared if isinstance(declared, dict) else dict.fromkeys(declared.variants, declared)


class Matrix:
    """All requests in one world. The results of each group and person are computed once."""

    def __init__(self, world):
        self.world = world
        self.results: dict[tuple[str, str], list[MatrixCase]] = {}
        self.uncut: dict[tuple, MatrixCase | str | None] = {}  # of tests/access/test_mutants.py

    @cached_property
    def url_patterns(self) -> dict[str, UrlPattern]:
        return url_patterns()

    @cached_property
    def visitors(self) -> dict[str, Visitor]:
        return {name: self.visitor(name) for name in PEOPLE}

    def visitor(self, name: str, **options) -> Visitor:
        return Visitor(None if name == ANONYMOUS else getattr(self.world.people, name), **options)

    def cases(self, group: str, person: str) -> list[MatrixCase]:
        if (group, person) not in self.results:
            self.results[group, person] = [
                case for key in policy.GROUPS[group] for case in self.ask(key, person, self.visitors[person])
            ]
        return self.results[group, person]

    def ask(
        self, key: str, person: str, visitor: Visitor, selects: Callable[[str, set[Answer]], bool] = any_request
    ) -> Iterator[MatrixCase]:
        """Send this person's requests for one pattern: each variant with each method that is selected."""
        pattern = self.url_patterns[key]
        hidden = () if key in SHOWN_WITH_THE_CODE else self.foreign_to(person)
        for variant, rule in variants_of(policy.RULES[key]).items():
            path = address(pattern, self.world, variant)
            for method in METHODS if EVERYTHING and person in WITH_ALL_METHODS else METHODS[:2]:
                expected = rule.expected(person, method, variant, pattern.in_admin)
                if selects(method, expected):
                    data = form_data(key, self.world) if method == "POST" else query_for(key, self.world)
                    yield MatrixCase(
                        pattern, variant, person, method, expected, visitor.send(method, path, data, hidden)
                    )

    def foreign_to(self, person: str) -> tuple[str, ...]:
        return tuple(word for country in FOREIGN.get(person, ()) for word in self.world.records[country].tokens)

    def mistakes(self, keys: list[str], people: Iterable[str] = PEOPLE) -> Iterator[MatrixCase]:
        """Request these patterns again and yield each case that is not as declared."""
        for key in keys:
            for person in people:
                for case in self.ask(key, person, self.visitors[person]):
                    if not case.as_expected or case.changed_by_get:
                        yield case

    def requests_without_csrf_token(self, keys: Iterable[str]) -> Iterator[MatrixCase]:
        """Send the unsafe requests that are allowed, without a CSRF token."""
        strict = {name: self.visitor(name, csrf_checks=True) for name in PEOPLE}
        for key in keys:
            for person in PEOPLE:
                yield from self.ask(key, person, strict[person], is_allowed_write)


@pytest.fixture(scope="session")
def inhabited_world(
    django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[tuple[CopiedDatabase, SimpleNamespace]]:
    """A separate database with the world in it, created once for all files of a process that need it."""
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
def module_matrix(inhabited_world, django_db_blocker) -> Iterator[Matrix]:
    """The matrix of one test module. What the module writes is rolled back at its end.

    Each module gets its own copy of the objects, so that it may change them.
    """
    database, world = inhabited_world[0], copy.deepcopy(inhabited_world[1])
    with django_db_blocker.unblock(), database.in_use(), override_settings(**settings_of(world.folder)):
        process_cache.forget()
        with transaction.atomic():
            yield Matrix(world)
            transaction.set_rollback(True)
        process_cache.forget()


@pytest.fixture
def db(module_matrix) -> None:
    """The world's database. The fixture has the name of pytest-django's, which marks a test as one that uses the database."""


@pytest.fixture
def matrix(db, module_matrix, settings) -> Matrix:
    """The matrix, with settings that point to the files of the world."""
    for name, value in settings_of(module_matrix.world.folder).items():
        setattr(settings, name, value)
    return module_matrix


def settings_of(folder) -> dict:
    return {
        "MEDIA_ROOT": folder / "media",
        "CERTIFICATE_ROOT": folder / "certificates",
        "COPIES_ROOT": folder / "copies",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "READING_SHARE": 1 / 3,
    }
