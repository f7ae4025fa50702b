"""What a release needs: a decision where there is no test, a right text where a correction names one."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from courses import corrections, releases
from courses.models.records import CourseRelease
from standards.models import Edition
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EDITORIAL, REQUIRED, CORRECTION = CourseRelease.Kind


@pytest.fixture
def care(db):
    return factories.course()


@pytest.fixture
def dosing(care):
    return factories.lessons_of(care)[1]


@pytest.mark.parametrize("kind", [EDITORIAL, REQUIRED])
def test_a_release_without_a_test_is_a_decision_also_the_first_one(kind):
    care = factories.course(released=False)
    with pytest.raises(releases.DecisionNeeded):
        releases.release(care, kind, None)
    assert releases.release(care, kind, None, without_test=True).without_test
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    with pytest.raises(releases.DecisionNeeded):
        releases.release(care, kind, None)


def test_the_page_asks_for_it(client, grace):
    care = factories.course(released=False)
    url = reverse("course_release", args=[care.pk])
    client.force_login(grace)
    assert "No test is required: people get a certificate without one" in client.get(url).content.decode()
    answer = client.post(url, {"kind": "editorial", "note": ""})
    assert "This course has no published test" in answer.content.decode()
    client.post(url, {"kind": "editorial", "note": "", "without_test": "on"})
    assert CourseRelease.objects.get().created_by == grace


@pytest.mark.parametrize(("years", "right"), [(0, False), (1, True), (20, True), (21, False), (2028, False)])
def test_a_certificate_is_valid_for_1_to_20_years(care, years, right):
    care.valid_years = years
    if right:
        care.full_clean()
        return
    with pytest.raises(ValidationError):
        care.full_clean()
    with pytest.raises(ValueError, match="1 to 20 years"):
        releases.release(care, EDITORIAL, None, without_test=True)


class TestCorrection:
    def key(self, lesson) -> list[str]:
        return [str(lesson.translation_key)]

    def correct(self, care, lesson):
        return releases.release(care, CORRECTION, None, "0.5 mg is right.", corrects=self.key(lesson))

    def publish(self, page, hours: int = 0):
        with travel(timezone.now() + timedelta(hours=hours)):
            page.save_revision().publish()

    def test_it_repeats_the_newest_release_and_reads_nothing_of_what_is_published(self, care, dosing):
        self.publish(dosing)
        factories.lessons_of(care)[0].unpublish()
        care.hours = 9
        care.save()
        first, correction = CourseRelease.objects.get(), self.correct(care, dosing)
        same = [*releases.FROZEN, "withdrawn"]
        assert [getattr(correction, name) for name in same] == [getattr(first, name) for name in same]
        assert not releases.changes(care)["same"], "what is published is still to be released"

    def test_a_course_or_a_lesson_that_is_closed_can_be_corrected(self, client, kofi, care, dosing):
        dosing.unpublish()
        care.unpublish()
        client.force_login(kofi)
        url = reverse("course_release", args=[care.pk])
        assert url in client.get(reverse("wagtailadmin_pages:edit", args=[care.pk])).content.decode()
        client.post(url, {"kind": "correction", "note": "It was wrong.", "corrects": self.key(dosing)})
        assert CourseRelease.objects.first().kind == CORRECTION

    def test_it_waits_until_the_right_text_can_be_read(self, client, kofi, care, dosing):
        client.force_login(kofi)
        url = reverse("course_release", args=[care.pk])
        form = {"kind": "correction", "note": "0.5 mg is right.", "corrects": self.key(dosing)}
        dosing.save_revision()
        answers = [client.post(url, form)]
        self.publish(dosing)
        dosing.save_revision()
        answers.append(client.post(url, form))
        for answer in answers:
            assert "Publish the right text first." in answer.content.decode()
        with pytest.raises(releases.NotCorrected):
            self.correct(care, dosing)
        self.publish(dosing)
        assert client.post(url, form).status_code == 302
        assert CourseRelease.objects.count() == 2

    def test_what_was_mended_before_another_release_is_mended_and_a_second_correction_needs_another_text(
        self, care, dosing
    ):
        self.publish(dosing)
        factories.lesson(factories.module(care, "Module two"), "Brand new")
        releases.release(care, EDITORIAL, None, without_test=True)
        self.correct(care, dosing)
        with pytest.raises(releases.NotCorrected):
            self.correct(care, dosing)
        self.publish(dosing, hours=1)
        self.correct(care, dosing)

    def test_a_lesson_that_the_newest_release_lacks_can_be_named(self, care, dosing):
        dosing.unpublish()
        releases.release(care, EDITORIAL, None, without_test=True)
        named = [step["key"] for step in corrections.correctable(care.translation_key)]
        assert named[-1:] == self.key(dosing)
        assert len(named) == 3


COURSE = """---
format: 1
id: small
title: Small
slug: small
code: SMALL
short_title: Small
hours: 1
valid_years: 3
edition: small
outcomes: [read]
authors: [The team]
contents: [module]
---
"""
MODULE = """---
kind: module
id: m1
title: Module
slug: module
contents: [lesson]
---
"""
LESSON = """---
kind: lesson
id: l1
title: Lesson
slug: lesson
minutes: 20
objectives: [read]
---

::: text {#a}
Words.
:::
"""


def test_a_package_without_a_test_is_loaded_only_when_that_is_said(tmp_path):
    factories.home()
    Edition.objects.create(slug="small", title="Small", short_title="Small", year=2020, licence="CC")
    (tmp_path / "module").mkdir()
    for name, text in (("course.md", COURSE), ("module/module.md", MODULE), ("module/lesson.md", LESSON)):
        (tmp_path / name).write_text(text)
    with pytest.raises(CommandError, match="the course has no test; load it with --without-test if that is meant"):
        call_command("load_course", str(tmp_path))
    assert not CourseRelease.objects.exists()
    call_command("load_course", str(tmp_path), without_test=True)
    assert CourseRelease.objects.get().without_test
