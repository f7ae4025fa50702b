"""What the apps record in the audit trail: exports, certificates, releases, and views of people's records."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.outbox import OutboxState
from certificates import delivery, issuing
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.records import CourseRelease
from quizzes import attempts
from tests.quizzes import factories as quiz_factories
from tests.support import factories

pytestmark = pytest.mark.django_db


def verbs(**filters) -> list[str]:
    return list(AuditEntry.objects.filter(**filters).order_by("pk").values_list("verb", flat=True))


def test_an_export_is_recorded_with_its_filter_names_but_not_their_values(client, administrator, amina):
    course = factories.course(lessons=1)
    enrolment.join(amina, course.translation_key)
    client.force_login(administrator)
    client.get(reverse("completion_report"), {"q": "Amina"})
    assert verbs(verb="report.exported") == []
    response = client.get(reverse("completion_report"), {"q": "Amina", "export": "csv"})
    assert b"Amina" in b"".join(response.streaming_content)
    entry = AuditEntry.objects.get(verb="report.exported")
    assert (entry.actor, entry.ids) == (administrator.uuid, {"format": "csv", "rows": 1, "filters": "q"})


def test_each_step_of_a_certificate_is_recorded_once(amina, rosa):
    course = factories.course(lessons=1)
    joined = enrolment.join(amina, course.translation_key)
    progress.complete_step(joined, joined.release.steps[0]["key"])
    progress.sweep()
    first = Certificate.objects.get()
    Certificate.objects.update(state=OutboxState.FAILED)
    issuing.try_again(first, rosa)
    issuing.try_again(first, rosa)
    second = issuing.reissue(first, rosa, "The name")
    delivery.deliver(second.pk)
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


def test_a_release_is_recorded_unless_it_changes_nothing(grace):
    course = factories.course(lessons=1)
    assert factories.releases.release(course, CourseRelease.Kind.EDITORIAL, grace) is None
    factories.lesson(factories.module(course, "Module two"), "More")
    release = factories.releases.release(course, CourseRelease.Kind.REQUIRED, grace, without_test=True)
    entry = AuditEntry.objects.filter(verb="release.made").first()
    assert (entry.actor, entry.object_id, entry.ids["number"]) == (grace.uuid, str(release.pk), "1.1")
    assert entry.ids["without_test"] is True
    assert len(verbs(verb="release.made")) == 2  # and 1.0


def test_staff_views_of_attempts_and_certificates_are_recorded(client, amina, administrator):
    quiz = quiz_factories.course_with_test()
    joined = quiz_factories.enrol(amina, quiz)
    attempt = attempts.start(joined, quiz)
    certificate = issuing.issue(amina, progress.facts(joined, attempt.started_at.date(), {}, {}), joined.uuid)
    client.force_login(administrator)
    assert client.get(reverse("attempts:inspect", args=[attempt.pk])).status_code == 200
    assert client.get(reverse("register:inspect", args=[certificate.pk])).status_code == 200
    assert verbs(actor=administrator.uuid) == ["attempt.viewed", "certificate.viewed"]
    entry = AuditEntry.objects.get(verb="attempt.viewed")
    assert entry.object_id == str(attempt.uuid)
