"""The vocabulary of tests/access/policy.py: the people, the audiences, and the rule of a URL pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.access.requests import Answer

ANONYMOUS = "anonymous"
PEOPLE = (ANONYMOUS, "amina", "mona", "kofi", "grace", "rosa", "omar", "administrator")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Audience(frozenset):
    """A set of people, the same for every record."""

    def of(self, _variant: str) -> frozenset:
        return self

    def __or__(self, other) -> Audience:
        return Audience(frozenset(self) | other)


class InScope(dict):
    """A set of people for the records of each country. Everybody else gets 404."""

    def of(self, variant: str) -> frozenset:
        return self[variant]


EVERYONE = Audience(PEOPLE)
LEARNERS = Audience({"amina", "mona"})  # both have joined the course of the world, and completed an older one
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
# The trainer and the reviewer of this world have the scope of every country.
STAFF_IN_SCOPE = InScope({country: who | AUTHORS for country, who in MANAGERS_IN_SCOPE.items()})
OWNER_AND_STAFF_IN_SCOPE = InScope({country: who | OWNER[country] for country, who in STAFF_IN_SCOPE.items()})


@dataclass(frozen=True)
class Rule:
    """Who is let in with which method, and which answer the others get."""

    opens: Mapping[str, Audience | InScope]
    refusal: Answer = Answer.REFUSED
    is_disabled: bool = False  # even those who are let in get 404
    no_login: frozenset = field(default_factory=frozenset)  # refused without the redirect to the sign-in page
    missing_for: frozenset = field(default_factory=frozenset)  # get 404 where others are refused

    def also(self, **methods: Audience) -> Rule:
        return replace(self, opens={**self.opens, **methods})

    def or_missing(self, *people: str) -> Rule:
        """Everybody who is not let in, or only these people, gets 404 instead of a refusal."""
        return replace(self, missing_for=frozenset(people or PEOPLE))

    def without_login_redirect(self) -> Rule:
        """Visitors who are not signed in get the page that explains how to get access, as everybody does."""
        return replace(self, no_login=frozenset({ANONYMOUS}))

    def disabled(self) -> Rule:
        return replace(self, is_disabled=True)

    @property
    def variants(self) -> tuple[str, ...]:
        return next((tuple(who) for who in self.opens.values() if isinstance(who, InScope)), ("",))

    def expected(self, person: str, method: str, variant: str, in_admin: bool) -> set[Answer]:
        """Return the allowed answers. There are two if either of two checks may come first."""
        allowed = {name: person in who.of(variant) for name, who in self.opens.items()}
        if allowed.get(method):
            return {Answer.MISSING if self.is_disabled else Answer.OPEN}
        if method not in self.opens:
            if method not in ("GET", "POST") or any(allowed.values()):
                return {Answer.METHOD}
            return {Answer.METHOD, self._refusal_for(person, in_admin)}
        return {self._refusal_for(person, in_admin)}

    def _refusal_for(self, person: str, in_admin: bool) -> Answer:
        if person == ANONYMOUS and person not in self.no_login:
            return Answer.LOGIN
        if in_admin and person not in STAFF:
            return Answer.REFUSED
        return Answer.MISSING if person in self.missing_for else self.refusal


Rules = dict[str, Rule | dict[str, Rule]]


def rule(**opens) -> Rule:
    scoped = any(isinstance(who, InScope) for who in opens.values())
    return Rule(opens, refusal=Answer.MISSING if scoped else Answer.REFUSED)


def page(who: Audience | InScope) -> Rule:
    """A page that is only read."""
    return rule(GET=who)


def form(who: Audience | InScope, sent_by: Audience | InScope | None = None) -> Rule:
    """A form: read by GET and sent by POST (or a view that does not check the method)."""
    return rule(GET=who, POST=who if sent_by is None else sent_by)


def button(who: Audience | InScope) -> Rule:
    """A view that only takes POST."""
    return rule(POST=who)


def gone(who: Audience = EVERYONE) -> Rule:
    """A URL of a library that this product disables: 404 even for these people."""
    return form(who).disabled()
