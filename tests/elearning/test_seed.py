"""`manage.py seed`: people with histories that the product could have written itself, and never in an installation."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.audit import trail
from accounts.models import Email, User
from certificates.models import Certificate
from courses import progress
from courses.models.records import Completion, Enrolment
from elearning.outboxes import OUTBOXES
from quizzes import attempts, grading
from quizzes.answers import decimal, grading_input
from quizzes.models.records import Attempt, AttemptItem, Mark, Response
from tests.quizzes.factories import course_with_test

pytestmark = pytest.mark.django_db
SIZE = 30
KINDS = ["single", "multiple", "truefalse", "ordering", "matching"]
WRITTEN = (User, Enrolment, Completion, Attempt, AttemptItem, Response, Mark, Certificate, EmailAddress, Email)


def seed(size: int) -> str:
    out = io.StringIO()
    call_command("seed", size, stdout=out)
    return out.getvalue()


def broken_keys() -> list[str]:
    """The foreign keys that refer to no row. PostgreSQL has not checked them: elearning.seed.bulk.trust_keys()."""
    keys = [(model, field) for model in WRITTEN for field in model._meta.fields if field.many_to_one]
    found = []
    for model, field in keys:
        there = field.related_model._base_manager.values("pk")
        if model.objects.exclude(**{field.name: None}).exclude(**{f"{field.name}__in": there}).exists():
            found.append(f"{model.__name__}.{field.name}")
    return found


def counts() -> list[int]:
    return [model.objects.count() for model in WRITTEN]


@pytest.fixture
def course(db, settings):
    settings.PRODUCTION = False
    return course_with_test(KINDS, lessons=2)


@pytest.fixture
def seeded(course):
    return seed(SIZE)


def test_what_people_have_done_is_what_the_rules_make_of_it(seeded):
    assert broken_keys() == []
    assert (User.objects.count(), User.objects.filter(country="KE").count()) == (SIZE, SIZE // 10)
    taken = list(Attempt.objects.all())
    for attempt in taken:
        paper, answers, _fixes, _shares = grading_input(attempt)
        result, mark = grading.grade(paper, answers), attempt.marks.get()
        assert (len(paper), mark.score) == (len(KINDS), decimal(result.score))
        assert mark.passed is result.passes(attempt.pass_percent)
        assert attempt.started_at < attempt.submitted_at < attempt.deadline
    assert {attempt.marks.get().passed for attempt in taken} == {True, False}
    enrolments = list(Enrolment.objects.select_related("release"))
    for row in enrolments:
        needed = progress.needed_keys(row.release)
        assert bool(needed and needed <= progress.done_keys(row)) == bool(row.completed_at)
    assert 0 < Certificate.objects.count() == sum(bool(row.completed_at) for row in enrolments) < SIZE
    assert max(row.active_at for row in enrolments) < timezone.now()


def test_nothing_is_left_to_do_and_the_audit_trail_is_intact(seeded):
    assert (progress.sweep(), attempts.close_overdue(), trail.seal(), trail.verify()) == (0, 0, None, [])
    assert [name for name, outbox in OUTBOXES.items() if outbox.model.objects.to_wake().exists()] == []
    assert Email.objects.unfinished().count() == 0


def test_the_pages_of_staff_and_of_a_learner_open(client, seeded, administrator):
    attempt = Attempt.objects.filter(marks__passed=True).select_related("enrolment__learner").first()
    certificate = Certificate.objects.filter(standing="valid").first()
    learner = attempt.enrolment.learner
    for person, urls in {
        administrator: [
            *map(reverse, ("completion_report", "attempts:index", "register:index", "emails:index", "audit_trail")),
            reverse("attempts:inspect", args=[attempt.pk]),
            reverse("wagtailusers_users:edit", args=[learner.pk]),
        ],
        learner: [reverse("learning"), reverse("certificates:mine"), reverse("quizzes:result", args=[attempt.uuid])],
    }.items():
        client.force_login(person)
        assert [url for url in urls if client.get(url).status_code != 200] == []
    client.logout()
    page = client.get(reverse("certificates:show", args=[certificate.shown_code]))
    assert (page.status_code, certificate.name in page.content.decode()) == (200, True)


def test_a_second_call_writes_nothing_and_a_larger_one_tops_up(seeded):
    before, names = counts(), list(User.objects.order_by("email").values_list("name", flat=True))
    assert seed(SIZE) == "There are 30 people already.\n"
    assert counts() == before
    assert seed(SIZE + 2).startswith("32 of 32 people")
    assert list(User.objects.order_by("email").values_list("name", flat=True))[:SIZE] == names
    assert broken_keys() == []
    assert User.objects.create_user("next@example.org", name="Next Person", country="KE").pk > 0


def test_it_refuses_an_installation_other_people_and_an_empty_product(settings, db, request):
    settings.PRODUCTION = False
    with pytest.raises(CommandError, match="no released course"):
        seed(1)
    request.getfixturevalue("amina")
    with pytest.raises(CommandError, match="other people"):
        seed(1)
    settings.DEBUG = settings.PRODUCTION = True
    with pytest.raises(CommandError, match="an installation"):
        seed(1)
