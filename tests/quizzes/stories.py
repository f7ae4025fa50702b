"""How every story over a verb of staff ends: no certificate without a pass, everybody can go on, nobody served themselves."""

from accounts.models import AuditEntry
from certificates.models import Certificate
from courses import progress
from courses.models.records import Enrolment
from quizzes import attempts
from quizzes.models.records import Attempt, Mark
from quizzes.models.regrades import Regrade
from tests.quizzes.factories import answer_all


def pass_test(enrolment, quiz_page) -> None:
    attempt = attempts.start(enrolment, quiz_page)
    answer_all(attempt)
    attempts.submit(attempt)


def certified_without_a_pass() -> list[str]:
    """Those who hold a valid certificate, and no attempt that is passed. To pass practice is not enough."""
    passed = Attempt.objects.with_result().filter(passed=True, practice=False).values("enrolment__uuid")
    valid = Certificate.objects.filter(standing="valid").exclude(achievement__in=passed)
    return [certificate.name for certificate in valid]


def gave_it_to_themselves() -> list:
    audited = AuditEntry.objects.filter(verb__in=["role.given", "accommodation.given"])
    own = [entry for entry in audited if entry.object_id == str(entry.actor)]
    own += [mark for mark in Mark.objects.all() if mark.by and mark.by == mark.attempt.enrolment.learner]
    return own + [row for row in Regrade.objects.exclude(applied_by=None) if row.made_by == row.applied_by]


def ends_well(tests, passed_before) -> None:
    """Everybody under way passes these tests and is certified; nobody was certified without."""
    progress.sweep()
    assert certified_without_a_pass() == []
    assert Certificate.objects.get(learner=passed_before.learner).standing == "valid"
    for enrolment in Enrolment.objects.filter(completed_at=None).select_related("release", "learner"):
        for test in tests:
            test.refresh_from_db()
            pass_test(enrolment, test)
    assert Enrolment.objects.filter(completed_at=None).count() == 0
    assert Certificate.objects.filter(standing="valid").count() == Enrolment.objects.count()
    assert certified_without_a_pass() == []
    assert gave_it_to_themselves() == []
