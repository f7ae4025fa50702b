"""The words in which tests/access/policy.py says who may open a door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.access.requests import Answer

ANONYMOUS = "anonymous"
PEOPLE = (ANONYMOUS, "amina", "mona", "kofi", "grace", "rosa", "omar", "administrator")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Audience(frozenset):
    """Some of the people, whatever stands behind the door."""

    def of(self, _case: str) -> frozenset:
        return self

    def __or__(self, other) -> Audience:
        return Audience(frozenset(self) | other)


class InScope(dict):
    """Some of the people for each country's records; to everybody else the record is not there."""

    def of(self, case: str) -> frozenset:
        return self[case]


EVERYONE = Audience(PEOPLE)
SIGNED_IN = Audience(set(PEOPLE) - {ANONYMOUS})
TRAINERS = Audience({"kofi", "administrator"})
REVIEWERS = Audience({"grace", "administrator"})
AUTHORS = TRAINERS | REVIEWERS
MANAGERS = Audience({"rosa", "omar", "administrator"})
STAFF = AUTHORS | MANAGERS
ADMINISTRATORS = Audience({"administrator"})
NOBODY = Audience()

OWNER = InScope(kenya=Audience({"amina"}), egypt=Audience({"mona"}))
MANAGERS_IN_SCOPE = InScope(kenya=Audience({"rosa", "administrator"}), egypt=Audience({"omar", "administrator"}))
# The trainer and the reviewer of this world have every country in their scope.
STAFF_IN_SCOPE = InScope({country: who | AUTHORS for country, who in MANAGERS_IN_SCOPE.items()})
OWNER_AND_STAFF_IN_SCOPE = InScope({country: who | OWNER[country] for country, who in STAFF_IN_SCOPE.items()})


@dataclass(frozen=True)
class Rule:
    """Who gets in by which method, and what the others are told."""

    opens: Mapping[str, Audience | InScope]
    strangers: Answer = Answer.REFUSED
    shut: bool = False  # those who would get in find nothing
    outside: frozenset = field(default_factory=frozenset)  # told as strangers are, though not signed in
    misled: frozenset = field(default_factory=frozenset)  # told that there is nothing, where others are refused

    def also(self, **methods: Audience) -> Rule:
        return replace(self, opens={**self.opens, **methods})

    def or_missing(self, *people: str) -> Rule:
        """Strangers (or these of them) are told that there is nothing, instead of that they may not."""
        return replace(self, misled=frozenset(people or PEOPLE))

    def or_closed(self) -> Rule:
        """Visitors who have not signed in see the page that says how one gets in, as everybody does."""
        return replace(self, outside=frozenset({ANONYMOUS}))

    def that_is_shut(self) -> Rule:
        return replace(self, shut=True)

    @property
    def cases(self) -> tuple[str, ...]:
        return next((tuple(who) for who in self.opens.values() if isinstance(who, InScope)), ("",))

    def expected(self, person: str, method: str, case: str, in_admin: bool) -> set[Answer]:
        """What the person may be answered. Two answers only where either of two checks may come first."""
        inside = {name: person in who.of(case) for name, who in self.opens.items()}
        if inside.get(method):
            return {Answer.MISSING if self.shut else Answer.OPEN}
        if method not in self.opens:
            if method not in ("GET", "POST") or any(inside.values()):
                return {Answer.METHOD}
            return {Answer.METHOD, self._told(person, in_admin)}
        return {self._told(person, in_admin)}

    def _told(self, person: str, in_admin: bool) -> Answer:
        if person == ANONYMOUS and person not in self.outside:
            return Answer.LOGIN
        if in_admin and person not in STAFF:
            return Answer.REFUSED
        return Answer.MISSING if person in self.misled else self.strangers


Rules = dict[str, Rule | dict[str, Rule]]


def rule(**opens) -> Rule:
    scoped = any(isinstance(who, InScope) for who in opens.values())
    return Rule(opens, strangers=Answer.MISSING if scoped else Answer.REFUSED)


def page(who: Audience | InScope) -> Rule:
    """Looked at."""
    return rule(GET=who)


def form(who: Audience | InScope, sent_by: Audience | InScope | None = None) -> Rule:
    """Looked at and sent (or a page that does not mind how it is asked for)."""
    return rule(GET=who, POST=who if sent_by is None else sent_by)


def button(who: Audience | InScope) -> Rule:
    """Sent only."""
    return rule(POST=who)


def gone(who: Audience = EVERYONE) -> Rule:
    """A door that a library brings and this product keeps shut: not there, even for these."""
    return form(who).that_is_shut()
