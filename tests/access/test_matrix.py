"""Every URL pattern is declared, lets the declared people in, changes nothing on GET, and checks the CSRF token."""

from collections import Counter

import pytest

from tests.access import policy
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.overreach import (
    counts_of_other_countries,
    essays_of_other_countries,
    regrades_with_one_country,
    role_of_another_country,
    visible_without_scope,
)
from tests.access.people import PEOPLE
from tests.access.url_patterns import undeclared_and_stale, url_patterns

pytestmark = pytest.mark.once

# The first tier tries our own pages as everybody, and Wagtail's admin as these people only.
ADMIN_PEOPLE = ("amina", "rosa", "administrator")


def tier_of(group: str, person: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.deep] if group in policy.WAGTAIL and person not in ADMIN_PEOPLE else []


EACH_GROUP_AND_PERSON = pytest.mark.parametrize(
    ("group", "person"),
    [pytest.param(group, person, marks=tier_of(group, person)) for group in policy.GROUPS for person in PEOPLE],
)
EACH_GROUP = pytest.mark.parametrize(
    "group", [pytest.param(group, marks=tier_of(group, "")) for group in policy.GROUPS]
)


def lines_of(lines) -> str:
    return "\n".join(map(str, lines))


def test_every_url_pattern_is_declared_and_every_declaration_has_its_pattern():
    declared = Counter(key for rules in policy.GROUPS.values() for key in rules)
    assert undeclared_and_stale(url_patterns(), declared) == (set(), set())
    assert [key for key, times in declared.items() if times > 1] == []


@EACH_GROUP_AND_PERSON
def test_a_person_gets_the_declared_answers(matrix, group, person):  # noqa: F811
    wrong = [case for case in matrix.cases(group, person) if not case.as_expected]
    assert not wrong, lines_of(wrong)


@EACH_GROUP_AND_PERSON
def test_a_get_request_changes_nothing(matrix, group, person):  # noqa: F811
    changed = [
        f"{case.pattern} {case.variant} wrote {case.changed_by_get}"
        for case in matrix.cases(group, person)
        if case.changed_by_get
    ]
    assert not changed, lines_of(changed)


@EACH_GROUP
def test_a_form_without_a_csrf_token_is_refused(matrix, group):  # noqa: F811
    keys = policy.GROUPS[group].keys() - policy.WITHOUT_TOKEN.keys()
    accepted = [case for case in matrix.requests_without_csrf_token(keys) if not case.result.csrf_refused]
    assert not accepted, lines_of(accepted)


@EACH_GROUP_AND_PERSON
def test_every_form_that_is_shown_has_the_csrf_token(matrix, group, person):  # noqa: F811
    broken = [case for case in matrix.cases(group, person) if case.result.has_broken_form]
    assert not broken, lines_of(broken)


def test_a_manager_who_also_trains_everywhere_manages_their_own_country(matrix):  # noqa: F811
    assert not list(role_of_another_country(matrix))


def test_staff_without_a_scope_see_nobody(matrix):  # noqa: F811
    assert not list(visible_without_scope(matrix))


def test_counts_and_filters_of_a_manager_show_their_own_country_only(matrix):  # noqa: F811
    assert not list(counts_of_other_countries(matrix))


def test_a_trainer_of_one_country_may_not_regrade(matrix):  # noqa: F811
    assert not list(regrades_with_one_country(matrix))


def test_a_trainer_of_one_country_sees_the_essays_of_that_country_only(matrix):  # noqa: F811
    assert not list(essays_of_other_countries(matrix))
