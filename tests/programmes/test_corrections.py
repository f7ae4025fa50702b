"""The report on corrections: managers see who of their countries has not confirmed."""

import csv
import io

import pytest
from django.urls import reverse

from courses import enrolment, notices, progress, releases
from courses.models.records import CourseRelease, ReleaseNotice
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "correction_report"


@pytest.fixture
def corrected(amina, baraka, mona):
    """Amina and Baraka (Kenya) and Mona (Egypt) have read what was wrong; Baraka has confirmed."""
    care = factories.course(lessons=1)
    lesson = factories.lessons_of(care)[0]
    for person in (amina, baraka, mona):
        progress.complete_step(enrolment.join(person, care.translation_key), lesson.translation_key)
    key = str(lesson.translation_key)
    lesson.save_revision().publish()
    releases.release(care, CourseRelease.Kind.CORRECTION, None, "=5 mg", corrects=[key])
    notices.tell()
    notices.confirm(ReleaseNotice.objects.get(learner=baraka))
    return care


def shown(client, user, **query) -> set[str]:
    client.force_login(user)
    html = client.get(reverse(URL), query).content.decode()
    return {name for name in ("Amina", "Baraka", "Mona") if name in html}


def test_who_has_not_confirmed_is_listed_for_the_managers_of_their_country(client, rosa, omar, corrected):
    assert (shown(client, rosa), shown(client, omar)) == ({"Amina"}, {"Mona"})
    assert shown(client, rosa, state="confirmed") == {"Baraka"}


def test_people_who_may_not_sign_in_are_not_listed(client, rosa, amina, corrected):
    amina.is_active = False
    amina.save()
    assert shown(client, rosa) == set()


def test_the_file_holds_the_same_rows_and_no_formula(client, rosa, corrected):
    client.force_login(rosa)
    content = client.get(reverse(URL), {"export": "csv"}).getvalue().decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(content))
    assert (heading[0], row[0], row[6]) == ("Name", "Amina Yusuf Hassan", "'=5 mg")
    assert client.get(reverse(URL), {"export": "xlsx"}).status_code == 200


def test_the_report_takes_the_same_queries_for_any_number_of_people(
    client, rosa, amina, corrected, django_assert_num_queries
):
    client.force_login(rosa)
    client.get(reverse(URL))
    for confirmed in (None, "2026-01-01T00:00Z"):
        ReleaseNotice.objects.exclude(learner=amina).update(confirmed_at=confirmed)
        with django_assert_num_queries(23):  # most of them are Wagtail's
            client.get(reverse(URL))


def test_the_completion_report_counts_steps_of_the_learners_own_release(client, rosa, amina):
    care = factories.course(lessons=3)
    joined = enrolment.join(amina, care.translation_key)
    first, second, _third = factories.lessons_of(care)
    for lesson in (first, second):
        progress.complete_step(joined, lesson.translation_key)
    second.unpublish()
    releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
    care.short_title = "Good care"
    care.save_revision().publish()
    client.force_login(rosa)
    html = client.get(reverse("completion_report")).content.decode()
    assert ("1 of 2" in html, "CARE Good care" in html) == (True, True)
