"""What the rooms tell the audit trail: who exported, issued, revoked, released, looked at somebody's test."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.outbox import OutboxState
from certificates import issuing
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.records import CourseRelease
from quizzes import attempts
from tests.quizzes import factories as quiz_factories
from tests.support import factories

pytestmark = pytest.mark.django_db


def verbs(**wanted) -> list[str]:
    return list(AuditEntry.objects.filter(**wanted).order_by("pk").values_list("verb", flat=True))


def test_an_export_is_told_with_its_filters_and_never_with_what_was_searched(client, administrator, amina):
    course = factories.course(lessons=1)
    enrolment.join(amina, course.translation_key)
    client.force_login(administrator)
    client.get(reverse("completion_report"), {"q": "Amina"})
    assert verbs(verb="report.exported") == []
    answer = client.get(reverse("completion_report"), {"q": "Amina", "export": "csv"})
    assert b"Amina" in b"".join(answer.streaming_content)
    entry = AuditEntry.objects.get(verb="report.exported")
    assert (entry.actor, entry.ids) == (administrator.uuid, {"format": "csv", "rows": 1, "filters": "q"})


def test_the_life_of_a_certificate_is_told_once_a_step(amina, rosa):
    course = factories.course(lessons=1)
    mine = enrolment.join(amina, course.translation_key)
    progress.complete_step(mine, mine.release.steps[0]["key"])
    progress.sweep()
    first = Certificate.objects.get()
    Certificate.objects.update(state=OutboxState.FAILED)
    issuing.try_again(first, rosa)
    issuing.try_again(first, rosa)
    second = issuing.reissue(first, rosa, "The name")
    issuing.revoke(second, "Copied", rosa)
    issuing.revoke(second, "Copied", rosa)
    assert verbs(object_type="certificates.certificate", object_id=str(first.pk)) == [
        "certificate.issued",
        "certificate.tried_again",
    ]
    assert verbs(object_type="certificates.certificate", object_id=str(second.pk)) == [
        "certificate.reissued",
        "certificate.revoked",
    ]
    assert set(AuditEntry.objects.exclude(verb="role.given").values_list("actor", flat=True)) >= {None, rosa.uuid}


def test_a_release_is_told_and_one_that_changes_nothing_is_not(kofi):
    course = factories.course(lessons=1)
    assert factories.releases.release(course, CourseRelease.Kind.EDITORIAL, kofi) is None
    factories.lesson(factories.module(course, "Module two"), "More")
    made = factories.releases.release(course, CourseRelease.Kind.REQUIRED, kofi)
    entry = AuditEntry.objects.filter(verb="release.made").first()
    assert (entry.actor, entry.object_id, entry.ids["number"]) == (kofi.uuid, str(made.pk), "1.1")
    assert len(verbs(verb="release.made")) == 2  # and 1.0


def test_whoever_of_the_staff_looks_at_an_attempt_or_a_certificate_is_told(client, amina, administrator):
    quiz = quiz_factories.course_with_test()
    mine = quiz_factories.enrol(amina, quiz)
    attempt = attempts.start(mine, quiz)
    certificate = issuing.issue(amina, progress.facts(mine, attempt.started_at.date()), mine.uuid)
    client.force_login(administrator)
    assert client.get(reverse("attempts:inspect", args=[attempt.pk])).status_code == 200
    assert client.get(reverse("register:inspect", args=[certificate.pk])).status_code == 200
    assert verbs(actor=administrator.uuid) == ["attempt.viewed", "certificate.viewed"]
    entry = AuditEntry.objects.get(verb="attempt.viewed")
    assert entry.object_id == str(attempt.uuid)
