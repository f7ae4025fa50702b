"""Staff who have not shown the second step get what a learner gets, on every page outside the admin."""

import pytest

from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.overreach import powers_without_second_step
from tests.support.mutations import Mutation

pytestmark = pytest.mark.once
USED_OUTSIDE_THE_ADMIN = {
    "quizzes:rehearse_item",
    "standards:confirm",
    "certificates:pdf",
    "wagtail_serve",
    "wagtaildocs_serve",
}


def test_staff_without_the_second_step_get_what_a_learner_gets(matrix):  # noqa: F811
    assert "\n".join(map(str, powers_without_second_step(matrix))) == ""


def test_control_without_the_guard_they_get_more(matrix):  # noqa: F811
    with Mutation("accounts.authentication.powers:withhold", "user.powers_withheld = True", "return").made():
        more = {case.pattern.key for case in powers_without_second_step(matrix, *USED_OUTSIDE_THE_ADMIN)}
    assert more == USED_OUTSIDE_THE_ADMIN
