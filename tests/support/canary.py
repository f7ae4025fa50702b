"""A person with a unique word in every declared place, and functions that search for these words.

Used on the test's own database and, through manage.py, on an installation that runs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader
from wagtail.admin.models import EditingSession, FormState
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.log_actions import log
from wagtail.models import (
    APIToken,
    Comment,
    CommentReply,
    Page,
    PageSubscription,
    Revision,
    Task,
    TaskState,
    UploadedFile,
    Workflow,
    WorkflowState,
)
from wagtail.users.models import UserProfile

from accounts import changes, roles
from accounts.audit import trail
from accounts.emails import outgoing
from accounts.models import AccountChange, Role, User
from accounts.sessions import SessionStore
from certificates import delivery, issuing
from certificates.models import Certificate
from courses import progress
from courses.models.records import CourseRelease, LessonReading, ReleaseNotice
from courses.problem_reports import reports
from courses.problem_reports.reports import Subject
from privacy import exports, requests
from quizzes import accommodations, attempts
from quizzes.models.manual_marking import Marking, Script
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from quizzes.models.records import AttemptItem, Mark
from quizzes.models.regrades import Regrade
from quizzes.regrades import verbs, worker

# Words that occur nowhere else. Each place has its own, so that a leak shows where it comes from.
WORDS = {
    place: f"zq{place}qz"
    for place in (
        "name", "mail", "licence", "note", "answer", "reason", "reply", "comment", "review", "upload", "picture",
        "session", "stranger", "form", "token", "secret", "email_link", "extra", "verdict", "problem",
    )
}  # fmt: skip
MAIL = f"{WORDS['mail']}@example.org"
NAME = f"Canaria {WORDS['name']}"
PASSWORD = "a canary's pass phrase"
# Declared exceptions: tables that keep the UUID, which refers to nobody once the row of the person is deleted.
NUMBERS_STAY_IN = {"privacy_erasure", "accounts_auditentry"}


def person() -> User:
    user = User.objects.create_user(
        MAIL, PASSWORD, name=NAME, country="KE", licence_number=WORDS["licence"], cadre="doctor", sex="female",
        time_zone="Africa/Nairobi", last_login=timezone.now(),
    )  # fmt: skip
    EmailAddress.objects.create(user=user, email=MAIL, verified=True, primary=True)
    return user


def leave_traces(canary: User, other: User, quiz: QuizPage, course: Page, enrol) -> None:
    """Create records as a learner, as staff, and in texts of others about the person."""
    learn(canary, other, quiz, enrol)
    sign_in_everywhere(canary)
    act_as_staff(canary, other, quiz, course)
    exports.make(requests.request_copy(canary).pk)


def learn(canary: User, other: User, quiz: QuizPage, enrol) -> None:
    enrolment = enrol(canary, quiz)
    step = enrolment.release.steps[0]["key"]
    progress.save_note(enrolment, step, WORDS["note"])
    progress.save_position(enrolment, step, step)
    LessonReading.objects.create(enrolment=enrolment, step_key=step, delivered_at=timezone.now())
    ReleaseNotice.objects.create(release=enrolment.release, learner=canary)
    reports.report(canary, Subject("page", "Lesson 1"), enrolment.uuid, "wrong", WORDS["problem"], False)
    accommodations.give(canary, quiz, 5, 0, WORDS["extra"], other)
    attempt = attempts.start(enrolment, quiz)
    items = list(attempt.items.select_related("version"))
    attempts.save(attempt, items[0], 1, [WORDS["answer"]], True)
    for item in items:
        attempts.save(attempt, item, None, item.version.question_type.key(item.version.content["body"]), False)
    attempts.submit(attempt)
    Mark.objects.filter(attempt=attempt).update(reason=WORDS["reason"])
    mark_essay(items[0], other, WORDS["verdict"])
    certificate = Certificate.objects.get(learner=canary)
    delivery.deliver(certificate.pk)
    outgoing.send("erasure_asked", "before@example.org", {}, key="canary:moved", user=canary)  # a former address
    outgoing.send(
        "password_reset_key", MAIL, {"password_reset_url": WORDS["email_link"]}, key="canary:unknown", language="en"
    )


def sign_in_everywhere(canary: User) -> None:
    with changes.recorded(canary, AccountChange.Kind.PASSWORD):
        pass  # which ends all sessions
    own_session, anonymous_session = SessionStore(), SessionStore()
    own_session[SESSION_KEY] = str(canary.pk)
    own_session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    own_session[HASH_SESSION_KEY] = canary.get_session_auth_hash()
    own_session["form_sent_signed_out"] = WORDS["session"]
    own_session.save()
    anonymous_session["account_login"] = {"user_pk": None, "email": MAIL}  # as a sign-up with a known address leaves it
    anonymous_session["form_sent_signed_out"] = WORDS["stranger"]
    anonymous_session.save()
    address = EmailAddress.objects.get(user=canary)
    EmailConfirmation.objects.create(email_address=address, sent=timezone.now(), key="canary")
    Authenticator.objects.create(user=canary, type="totp", data={"secret": WORDS["secret"]})
    profile = UserProfile.objects.get_or_create(user=canary)[0]
    profile.avatar.save(f"{WORDS['picture']}.png", ContentFile(WORDS["picture"].encode()))


def mark_essay(item: AttemptItem, marker: User, comment: str) -> None:
    """Create an essay that this person has marked."""
    now = timezone.now()
    script = Script.objects.create(item=item, handed_in_at=now, wanted=1, most=4, points=3, settled_at=now)
    Marking.objects.create(
        script=script, marker=marker, number=1, points={"a": 3}, comment=comment, begun_at=now, at=now
    )


def start_regrade(canary: User) -> None:
    """Start a regrade of a question of their own paper that changes its mark."""
    asked = AttemptItem.objects.filter(attempt__enrolment__learner=canary).first().version
    regrade = verbs.create(asked, "drop", None, "It was faulty.", canary)
    worker.work(regrade.pk)
    Regrade.objects.filter(pk=regrade.pk).update(applied_by=canary, reverted_by=canary)


def act_as_staff(canary: User, other: User, quiz: QuizPage, course: Page) -> None:
    roles.grant(canary, Role.TRAINER, "*", by=other)
    trail.record(trail.Verb.REPORT_EXPORTED, canary, rows=1)
    accommodations.give(other, quiz, 5, 0, "Reads slowly.", canary)
    start_regrade(canary)
    add_page_traces(canary, other, course)
    add_comments(canary, other, course)
    kind = ContentType.objects.get_for_model(course)
    EditingSession.objects.create(user=canary, content_type=kind, object_id=course.pk, last_seen_at=timezone.now())
    FormState.objects.create(
        user=canary,
        data=f"title={WORDS['form']}",
        content_type=kind,
        object_id=str(course.pk),
        last_updated_at=timezone.now(),
    )
    APIToken.objects.create(user=canary, name=WORDS["token"], key_hash="0" * 64, prefix="canary")
    upload = UploadedFile(uploaded_by_user=canary)
    upload.file.save(f"{WORDS['upload']}.csv", ContentFile(WORDS["upload"].encode()))
    log(other, "wagtail.edit", user=canary)
    log(canary, "wagtail.edit", user=other)
    certificate = issuing.issue(other, progress.facts(other.enrolments.get(), timezone.localdate(), {}, {}), other.uuid)
    issuing.revoke(certificate, "copied", canary)
    attempt = attempts.start(other.enrolments.get(), quiz)
    attempts.submit(attempt)
    Mark.objects.filter(attempt=attempt).update(by=canary)
    mark_essay(attempt.items.first(), canary, "kept")


def add_page_traces(canary: User, other: User, course: Page) -> None:
    Page.objects.filter(pk=course.pk).update(owner=canary, locked_by=canary, locked=True)
    Question.objects.update(locked_by=canary)
    CourseRelease.objects.update(created_by=canary)
    fields = {"file": "x.bin", "title": "Kept", "uploaded_by_user": canary}
    Document.objects.create(**fields)
    Image.objects.create(**fields, width=1, height=1)
    revision = course.save_revision(user=canary)
    talk = {"text": WORDS["comment"], "user": canary.pk, "replies": [{"text": WORDS["reply"], "user": canary.pk}]}
    answered = {"text": "kept", "user": other.pk, "replies": [{"text": WORDS["reply"], "user": canary.pk}]}
    Revision.objects.filter(pk=revision.pk).update(
        content=revision.content | {"wagtail_admin_comments": [talk, answered]}
    )


def add_comments(canary: User, other: User, course: Page) -> None:
    comment = Comment.objects.create(page=course, user=canary, text=WORDS["comment"], contentpath="title")
    CommentReply.objects.create(comment=comment, user=other, text=f"You wrote {WORDS['comment']}")
    other_comment = Comment.objects.create(
        page=course, user=other, text="kept", contentpath="title", resolved_by=canary
    )
    CommentReply.objects.create(comment=other_comment, user=canary, text=WORDS["reply"])
    comment.log_create(user=canary)
    comment.log_delete(user=other)
    PageSubscription.objects.create(user=canary, page=course, comment_notifications=True)
    kind = ContentType.objects.get_for_model(course)
    flow = Workflow.objects.first() or Workflow.objects.create(name="Review")
    task = Task.objects.first() or Task.objects.create(name="Look")
    state = WorkflowState.objects.create(
        content_type=kind, base_content_type=ContentType.objects.get_for_model(Page), object_id=str(course.pk),
        workflow=flow, requested_by=canary, status="approved",
    )  # fmt: skip
    revision = course.latest_revision or course.save_revision()
    TaskState.objects.create(
        workflow_state=state, revision=revision, task=task, status="approved", finished_by=canary,
        comment=WORDS["review"], content_type=ContentType.objects.get_for_model(TaskState),
    )  # fmt: skip
    log(course, "wagtail.workflow.approve", user=canary, data={"workflow": {}, "comment": WORDS["review"]})


def spelled(words: dict[str, str] = WORDS) -> list[str]:
    return [*words.values(), *(quote(word) for word in words.values() if quote(word) != word)]


def in_database(uuid: str) -> list[str]:
    """Read every row of every table. Return where a word or the UUID of the person stands."""
    places = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    places += [f"{table}.{name}: {word}" for word in _words_in(value, table, uuid)]
    places += [f"accounts_session, decoded: {word}" for word in _in_sessions()]
    return sorted(set(places))


def _words_in(value, table: str, uuid: str) -> Iterator[str]:
    text = bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
    yield from (word for word in spelled() if word in text)
    if table not in NUMBERS_STAY_IN and uuid.replace("-", "") in text.replace("-", ""):
        yield "the UUID of the person"


def _in_sessions() -> Iterator[str]:
    for row in SessionStore.get_model_class().objects.all():
        yield from (word for word in spelled() if word in str(row.get_decoded()))


def in_files(*folders: Path) -> list[str]:
    """Return where a word stands in a file or its name. Archives and PDFs are opened."""
    places = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                text = "\n".join([str(path.relative_to(folder)), *texts(path.read_bytes())])
                places += [f"{path.relative_to(folder)}: {word}" for word in spelled() if word in text]
    return places


def texts(content: bytes) -> Iterator[str]:
    yield content.decode(errors="replace")
    if content.startswith(b"%PDF-"):
        reader = PdfReader(BytesIO(content))
        yield f"{reader.metadata} {' '.join(page.extract_text() for page in reader.pages)}"
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from (name, *texts(archive.read(name)))


def pointers(pk: int) -> list[str]:
    """Return the columns that still refer to the row of the person."""
    places = []
    for model in _models():
        for field in model._meta.local_fields:
            if field.related_model is User and model._base_manager.filter(**{field.attname: pk}).exists():
                places.append(f"{model._meta.label}.{field.name}")
    return places


def _models():
    return [model for model in User._meta.apps.get_models(include_auto_created=True) if not model._meta.proxy]


def places_left_empty(canary: User, registers) -> list[str]:
    """Return declared places without a record, which the test data should cover."""
    return [
        f"{declaration.model}.{personal.lookup}"
        for register in registers
        for declaration in register.models
        for personal in declaration.personal_fields
        if personal.lookup and not personal.of(declaration.model_class(), canary).exists()
    ]
