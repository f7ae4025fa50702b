"""What a closed step says and offers to each visitor."""

import pytest

from courses.closed_page import ClosedPage, ClosedReason
from courses.models.records import CourseRelease, Enrolment
from courses.outline import OutlinePage
from courses.study import Study

pytestmark = pytest.mark.once

LIVE = OutlinePage(path="care/", live=True)
NOT_ENROLLED = Study(enrolment=None, release=CourseRelease(), steps=[], course=LIVE)
ENROLLED = Study(enrolment=Enrolment(), release=CourseRelease(), steps=[], course=LIVE)
OFFLINE = Study(enrolment=None, release=CourseRelease(), steps=[])


@pytest.mark.parametrize(
    ("study", "is_authenticated", "reason", "offers"),
    [
        (None, False, ClosedReason.NOT_RELEASED, []),
        (None, True, ClosedReason.NOT_RELEASED, []),
        (ENROLLED, True, ClosedReason.NOT_IN_RELEASE, ["has_course_link"]),
        (OFFLINE, True, ClosedReason.NOT_OPEN, []),
        (NOT_ENROLLED, True, ClosedReason.NOT_ENROLLED, ["can_join"]),
        (NOT_ENROLLED, False, ClosedReason.SIGNED_OUT, ["can_sign_in"]),
    ],
)
def test_a_closed_page_has_one_reason_and_at_most_one_offer(study, is_authenticated, reason, offers):
    closed = ClosedPage(study, is_authenticated)
    assert closed.reason == reason
    assert [name for name in ("has_course_link", "can_join", "can_sign_in") if getattr(closed, name)] == offers


@pytest.mark.parametrize("study", [None, ENROLLED, NOT_ENROLLED])
def test_a_step_that_another_course_asks_for_is_never_said_to_be_needless(study):
    closed = ClosedPage(study, is_authenticated=True, asked_elsewhere=True)
    assert closed.reason == ClosedReason.ASKED_ELSEWHERE
    assert not (closed.has_course_link or closed.can_join or closed.can_sign_in)
