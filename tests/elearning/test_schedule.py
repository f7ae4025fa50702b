"""What is scheduled: one page that can no longer be published holds up no other."""

from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel
from wagtail.models import Revision

from courses.models.pages import CoursePage
from elearning import tasks
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def schedule(page, minutes: int, **fields) -> None:
    for name, value in {**fields, "go_live_at": timezone.now() + timedelta(minutes=minutes)}.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_a_page_that_is_refused_becomes_a_draft_and_the_next_one_is_published():
    """The first page's new address is taken by the time it is due."""
    first, second = factories.course("Care"), factories.course("Prevention")
    schedule(first, 1, slug="later", title="Care, later")
    schedule(second, 2, title="Prevention, later")
    factories.course("Later")
    with travel(timezone.now() + timedelta(hours=1)):
        tasks.publish_scheduled()
    titles = set(CoursePage.objects.live().values_list("title", flat=True))
    assert titles == {"Care", "Prevention, later", "Later"}
    assert not Revision.objects.exclude(approved_go_live_at=None).exists()
