"""Every door is declared, opens for whom it should, writes nothing when it is looked at, and takes no forged form."""

from collections import Counter

import pytest

from tests.access import policy
from tests.access.matrix import db, in_the_world  # noqa: F401
from tests.access.overreach import (
    counted_abroad,
    overreach,
    regrades_of_one_country,
    seen_without_scope,
    texts_seen_abroad,
)
from tests.access.people import PEOPLE
from tests.access.url_patterns import doors, undeclared_and_stale

pytestmark = pytest.mark.once

# The first tier tries our own pages as everybody, and Wagtail's admin as these.
IN_THE_ADMIN = ("amina", "rosa", "administrator")


def tier_of(group: str, person: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.deep] if group in policy.WAGTAIL and person not in IN_THE_ADMIN else []


EACH_GROUP_AND_PERSON = pytest.mark.parametrize(
    ("room", "person"),
    [pytest.param(group, person, marks=tier_of(group, person)) for group in policy.ROOMS for person in PEOPLE],
)
EACH_GROUP = pytest.mark.parametrize("room", [pytest.param(group, marks=tier_of(group, "")) for group in policy.ROOMS])


def listed(lines) -> str:
    return "\n".join(map(str, lines))


def test_every_url_pattern_is_declared_and_every_declaration_has_its_pattern():
    declared = Counter(key for rules in policy.ROOMS.values() for key in rules)
    assert undeclared_and_stale(doors(), declared) == (set(), set())
    assert [key for key, times in declared.items() if times > 1] == []


@EACH_GROUP_AND_PERSON
def test_a_person_is_answered_as_declared(in_the_world, room, person):  # noqa: F811
    wrong = [visit for visit in in_the_world.visits(room, person) if not visit.right]
    assert not wrong, listed(wrong)


@EACH_GROUP_AND_PERSON
def test_looking_changes_nothing(in_the_world, room, person):  # noqa: F811
    changed = [
        f"{visit.door} {visit.case} wrote {visit.changed_by_looking}"
        for visit in in_the_world.visits(room, person)
        if visit.changed_by_looking
    ]
    assert not changed, listed(changed)


@EACH_GROUP
def test_no_form_is_taken_that_comes_from_elsewhere(in_the_world, room):  # noqa: F811
    accepted = [visit for visit in in_the_world.forged_forms(policy.ROOMS[room]) if not visit.got.forged]
    assert not accepted, listed(accepted)


def test_a_manager_who_also_trains_everywhere_manages_their_own_country(in_the_world):  # noqa: F811
    assert not list(overreach(in_the_world))


def test_who_has_no_scope_sees_nobody_though_they_may_enter_the_admin(in_the_world):  # noqa: F811
    assert not list(seen_without_scope(in_the_world))


def test_a_manager_counts_and_filters_the_people_of_their_own_country(in_the_world):  # noqa: F811
    assert not list(counted_abroad(in_the_world))


def test_who_trains_in_one_country_marks_nobody_again(in_the_world):  # noqa: F811
    assert not list(regrades_of_one_country(in_the_world))


def test_who_trains_in_one_country_is_given_the_texts_of_that_country(in_the_world):  # noqa: F811
    assert not list(texts_seen_abroad(in_the_world))
