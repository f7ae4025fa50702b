"""The world of the access matrix: people of two countries and one real record for each kind of URL argument."""

from __future__ import annotations

import datetime
import uuid
from types import SimpleNamespace

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    PageViewRestriction,
    Site,
    Task,
    UploadedFile,
    Workflow,
)

from accounts import changes, roles
from accounts.models import AccountChange, Email, Facility, Heartbeat, Operator, Role
from accounts.outbox import OutboxState
from certificates import delivery, issuing
from certificates.models import Certificate
from courses import bootstrap as courses_bootstrap
from courses import progress, releases
from courses.enrolment import join
from courses.models.pages import LessonPage
from courses.models.records import CourseRelease, Enrolment, ReleaseNotice
from courses.problem_reports import reports
from courses.problem_reports.reports import Subject
from elearning import heartbeats
from privacy import exports
from privacy.models import DataCopy
from quizzes import accommodations, attempts, bootstrap, manual_marking
from quizzes.models.manual_marking import Script
from quizzes.models.questions import Question
from quizzes.models.regrades import Regrade, Stage
from quizzes.regrades import verbs, worker
from standards.models import StatementText
from tests.certificates.conftest import facts
from tests.quizzes import factories as tests_of
from tests.support import factories
from tests.support.people import person

LEARNERS = {"kenya": "amina", "egypt": "mona"}


def create_people() -> SimpleNamespace:
    """Create the people, with their roles."""
    people = SimpleNamespace(
        amina=person("Amina Yusuf Hassan", "KE"),
        mona=person("Mona Adel", "EG"),
        kofi=person("Kofi Mensah", "GH"),
        grace=person("Grace Wanjiru", "KE"),
        rosa=person("Rosa Njeri", "KE"),
        omar=person("Omar Farouk", "EG"),
        # Not asked for every URL: a manager of Kenya who is a trainer everywhere, a trainer of Kenya only, and staff without a scope.
        salma=person("Salma Njeri", "KE"),
        tariq=person("Tariq Mwangi", "KE"),
        guest=person("Guest Visitor", "KE"),
        administrator=person("Ada Admin", "GH", is_superuser=True),
    )
    EmailAddress.objects.create(user=people.guest, email="guest@elsewhere.example", verified=False)
    for user, role, country in (
        (people.kofi, Role.TRAINER, "*"),
        (people.grace, Role.REVIEWER, "*"),
        (people.rosa, Role.MANAGER, "KE"),
        (people.omar, Role.MANAGER, "EG"),
        (people.salma, Role.MANAGER, "KE"),
        (people.salma, Role.TRAINER, "*"),
        (people.tariq, Role.TRAINER, "KE"),
    ):
        roles.grant(user, role, country)
    guests = Group.objects.create(name="Guests")
    courses_bootstrap.grant_permission(guests, *courses_bootstrap.ADMIN)
    people.guest.groups.add(guests)
    return people


def build() -> SimpleNamespace:
    """Create people, a course with a test, the records of one learner in each country, and Wagtail's own objects."""
    home = factories.home()
    bootstrap.prepare()
    world = SimpleNamespace(people=create_people(), home=home, records={})
    add_courses(world)
    for country, name in LEARNERS.items():
        world.records[country] = records_of(getattr(world.people, name), world)
    with changes.recorded(world.people.amina, AccountChange.Kind.PASSWORD):
        pass
    world.account_change = AccountChange.objects.get()
    world.marking = manual_marking.take(world.people.kofi, world.records["kenya"].script.item.version_id)
    # Not of the question in review: a question with a regrade in force is not published while the fault is still there.
    version = world.records["kenya"].finished_attempt.items.get(version__content__code__startswith="p2").version
    # Proposed by somebody who is not asked for every URL, so that nobody is refused only as the one who proposed them.
    world.regrade = verbs.create(version, "full", None, "It was faulty.", world.people.salma)
    worker.work(world.regrade.pk)
    world.applied_regrade = verbs.create(version, "drop", None, "It was faulty.", world.people.salma)
    Regrade.objects.filter(pk=world.applied_regrade.pk).update(stage=Stage.APPLIED, state=OutboxState.DONE)
    add_wagtail_objects(world)
    add_drafts(world)
    # Nothing is late and every process works, for longer than the tests take, so that /health/ answers 200.
    Email.objects.update(state=OutboxState.DONE)
    world.failed_email = Email.objects.filter(user=world.people.amina).first()
    Email.objects.filter(pk=world.failed_email.pk).update(state=OutboxState.FAILED)
    for process in (heartbeats.WORKER, heartbeats.BEAT, heartbeats.SWEEP):
        heartbeats.touch(process)
    Heartbeat.objects.update(at=timezone.now() + datetime.timedelta(days=1))
    return world


def add_courses(world) -> None:
    statement = tests_of.statement("1.3.1")
    world.statement, world.statement_text = statement, StatementText.objects.get(statement=statement)
    world.quiz = tests_of.course_with_test(lessons=2, pass_percent=80)
    world.course = world.quiz.get_parent().specific
    world.essay_quiz = tests_of.quiz(
        world.course, (), title="Written test", fixed=[tests_of.question("freetext", pool="written")]
    )
    releases.release(world.course, CourseRelease.Kind.EDITORIAL, None)
    world.lesson, world.second_lesson = factories.lessons_of(world.course)
    world.module = world.lesson.get_parent().specific
    # A second course that nobody has joined, and one that both learners completed.
    world.other_course = factories.course("Prevention", lessons=2)
    world.other_lesson = factories.lessons_of(world.other_course)[1]  # the first one is open to everybody
    world.old_course = factories.course("Elders", lessons=1)


def records_of(learner, world) -> SimpleNamespace:
    """Create an enrolment with a note, a failed attempt, a running one, and a certificate with its PDF."""
    enrolment = tests_of.enrol(learner, world.quiz)
    progress.save_note(enrolment, world.lesson.translation_key, f"What {learner.name} thinks.")
    correction, _made = CourseRelease.objects.get_or_create(
        kind=CourseRelease.Kind.CORRECTION,
        defaults=without_identity(enrolment.release) | {"number": "1.9", "note": "The dose was wrong."},
    )
    notice = ReleaseNotice.objects.create(release=correction, learner=learner)
    problem = reports.report(learner, Subject("page", "Lesson 1"), uuid.uuid4(), "wrong", "A word is missing.", False)
    accommodation = accommodations.give(
        learner, world.quiz, 15, 1, f"What {learner.name} needs.", world.people.administrator
    )
    finished_attempt = attempts.start(enrolment, world.quiz)
    attempts.submit(finished_attempt)
    essay_attempt = attempts.start(enrolment, world.essay_quiz)
    tests_of.answer_all(essay_attempt)
    attempts.submit(essay_attempt)
    completed_enrolment = join(learner, world.old_course.translation_key)
    Enrolment.objects.filter(pk=completed_enrolment.pk).update(
        completed_at=timezone.now(), completed_on=timezone.localdate()
    )
    certificate = issuing.issue(learner, facts(), uuid.uuid4())
    assert delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    copy = DataCopy.objects.create(user=learner)
    assert exports.make(copy.pk)
    failed_certificate = issuing.issue(learner, facts(), uuid.uuid4())
    Certificate.objects.filter(pk=failed_certificate.pk).update(state=OutboxState.FAILED)
    return SimpleNamespace(
        learner=learner,
        enrolment=enrolment,
        notice=notice,
        problem=problem,
        completed_enrolment=completed_enrolment,
        finished_attempt=finished_attempt,
        script=Script.objects.get(item__attempt=essay_attempt),
        accommodation=accommodation,
        running_attempt=attempts.start(enrolment, world.quiz),
        certificate=certificate,
        failed_certificate=failed_certificate,
        copy=copy,
        facility=Facility.objects.create(name=f"Clinic of {learner.name}", country=learner.country),
        tokens=(learner.name, learner.email, certificate.shown_code, certificate.code, str(copy.uuid)),
    )


def without_identity(release: CourseRelease) -> dict:
    """The fields of a release, for another one like it."""
    return {
        field.attname: getattr(release, field.attname)
        for field in CourseRelease._meta.concrete_fields
        if field.name not in ("id", "kind")
    }


def add_wagtail_objects(world) -> None:
    """Create an image, a document, a collection with a password, a site: the objects of Wagtail's own views."""
    kofi = world.people.kofi
    world.image = get_image_model().objects.create(title="Clinic", file=get_test_image_file(), uploaded_by_user=kofi)
    world.document = get_document_model().objects.create(
        title="Form", file=ContentFile(b"a,b\n", name="form.csv"), uploaded_by_user=kofi
    )
    world.documents = {"a document of no page": world.document} | {
        name: get_document_model().objects.create(
            title="Form", file=ContentFile(b"a,b\n", name="form.csv"), uploaded_by_user=kofi
        )
        for name in ("a document of a later lesson", "a document of a draft")
    }
    world.second_lesson.body.append(("text", factories.document_text(world.documents["a document of a later lesson"])))
    world.second_lesson.save_revision().publish()
    for file in (world.image, *world.documents.values()):
        # Computed and stored at first use.
        file.get_file_size()
        file.get_file_hash()
        file.save()
    root = Collection.get_first_root_node()
    world.collection = root.add_child(name="Shared")
    world.collection_password = CollectionViewRestriction.objects.create(
        collection=world.collection, restriction_type="password", password="open"
    )
    world.page_password = PageViewRestriction.objects.create(
        page=world.other_lesson.page_ptr, restriction_type="password", password="open"
    )
    world.site = Site.objects.get(is_default_site=True)
    Operator.for_site(world.site)  # created at first use
    world.uploads = {
        model: UploadedFile.objects.create(
            file=ContentFile(b"a,b\n", name="loose.csv"),
            for_content_type=ContentType.objects.get_for_model(model),
            uploaded_by_user=world.people.administrator,
        )
        for model in (get_image_model(), get_document_model())
    }
    world.group = Group.objects.get(name="Guests")


def add_drafts(world) -> None:
    """Create what authors work on: a draft and a question in review, and revisions scheduled for tomorrow."""
    kofi = world.people.kofi
    world.draft = LessonPage(title="Draft", slug="draft", number="1.1.9", minutes=5, live=False, owner=kofi)
    world.draft.body.append(("text", factories.document_text(world.documents["a document of a draft"])))
    world.module.add_child(instance=world.draft)
    world.alias = world.lesson.create_alias(parent=world.other_lesson.get_parent(), update_slug="alias")
    world.workflow, world.task = Workflow.objects.get(), Task.objects.get()
    world.draft_revision = world.draft.save_revision(user=kofi)
    world.draft_review = world.workflow.start(world.draft, kofi)
    world.question = Question.objects.order_by("pk").first()
    world.question_revision = world.question.save_revision(user=kofi)
    world.question_review = world.workflow.start(world.question, kofi)
    world.locked_question = tests_of.question(pool="p9")
    Question.objects.filter(pk=world.locked_question.pk).update(locked=True, locked_by=world.people.administrator)
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    world.scheduled_revision = schedule(world.lesson, tomorrow)
    world.scheduled_question_revision = schedule(Question.objects.get(pool="p2"), tomorrow)


def schedule(instance, when):
    instance.go_live_at = when
    revision = instance.save_revision(approved_go_live_at=when)
    instance.refresh_from_db()
    return revision
