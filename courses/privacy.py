"""What this app and Wagtail keep about people: who has done which step, and who worked on which page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Comment, CommentReply, ModelLogEntry, PageLogEntry, Revision, TaskState, UploadedFile

from accounts import privacy_register
from accounts.models import User
from accounts.privacy import UNTIL_ERASED
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register
from courses.problem_reports import reports
from courses.technical_records import TECHNICAL_RECORDS
from courses.wagtail_records import CONTENT, WAGTAIL_RECORDS

LEARNING = Purpose(
    _("Lessons done, when you first opened them, where you stopped reading"),
    _("To bring you back to the same place on any device"),
    _("You. Programme managers for your country and the administrators see which steps are done."),
    UNTIL_ERASED,
)
NOTES = Purpose(_("Your notes"), _("For your own use"), _("You only"), UNTIL_ERASED)
PROBLEMS = Purpose(
    _("The problems that you reported, and the answers"),
    _("So that what is wrong is corrected, and you get an answer"),
    _("You; the trainers, without your name"),
    _("Until you withdraw a report or have your data erased; which page it was about stays, without you"),
)
COURSE_RECORDS = (
    ModelPrivacy(
        "courses.Note",
        (
            PersonalFields(
                "enrolment__learner", NOTES, OnErasure.DELETED, "enrolment step_key block_id text updated_at"
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "courses.LessonReading",
        (
            PersonalFields(
                "enrolment__learner",
                LEARNING,
                OnErasure.DELETED,
                "enrolment step_key delivered_at counts_at read_until",
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "courses.Position",
        (PersonalFields("enrolment__learner", LEARNING, OnErasure.DELETED, "enrolment step_key block_id updated_at"),),
        "id",
    ),
    ModelPrivacy(
        "courses.Completion",
        (
            PersonalFields(
                "enrolment__learner", LEARNING, OnErasure.DELETED, "enrolment step_key completed_at score max_score"
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "courses.Enrolment",
        (
            PersonalFields(
                "learner",
                LEARNING,
                OnErasure.DELETED,
                "learner uuid course_key period release enrolled_at left_at active_at completed_at completed_on",
                also={"course": "release__title"},
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "courses.ReleaseNotice",
        (
            PersonalFields(
                "learner",
                LEARNING,
                OnErasure.DELETED,
                "learner uuid release created_at confirmed_at",
                also={"course": "release__title"},
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "courses.ProblemReport",
        (
            PersonalFields(
                "reporter",
                PROBLEMS,
                OnErasure.REDUCED,
                "reporter uuid title path language details kind could_harm text sent_at state answer answered_at",
            ),
        ),
        "id about key course_key told_at",
    ),
    ModelPrivacy(
        "courses.CourseRelease",
        (PersonalFields("created_by", CONTENT, OnErasure.UNNAMED, "created_by created_at", also={"course": "title"}),),
        "id course_key number kind note corrects withdrawn told_at code title short_title hours valid_years edition language "
        "outline statements digest",
    ),
    ModelPrivacy("courses.CompletionSweep", (), "id at all_at needed_digest"),
    ModelPrivacy("courses.PackageItem", (), "id key package loaded_digest"),
    ModelPrivacy("courses.HomePage", (), "page_ptr"),
    ModelPrivacy(
        "courses.CoursePage",
        # The course page shows the authors to everybody. No query can find a person in it, so an editor removes names.
        (PersonalFields("", CONTENT, OnErasure.KEPT, withheld="authors"),),
        "page_ptr code short_title lede hours audience requires outcomes on_monday edition valid_years next_review",
    ),
    ModelPrivacy("courses.ModulePage", (), "page_ptr number minutes summary"),
    ModelPrivacy("courses.LessonPage", (), "page_ptr number minutes bytes objectives body"),
)
REGISTER = Register(
    models=COURSE_RECORDS + WAGTAIL_RECORDS + TECHNICAL_RECORDS,
    tasks={
        "courses.tasks.sweep": "",
        "courses.tasks.tell": "",
        "elearning.tasks.publish_scheduled": "",
        "elearning.tasks.sweep": "",
    },
    stores={
        "form:": _(
            "Notes, done lessons, answers to checks and confirmations that could not be sent yet, until they are sent"
            " or you sign out."
        ),
    },
    folders={"MEDIA_ROOT": "pictures and documents of courses, and the profile pictures of staff"},
)


def erase(person: User) -> list[Path]:
    """Erase what REGISTER declares, the person's comments in old versions, and what Wagtail's log says about them.

    Return the paths of their temporary uploads, which the caller deletes.
    """
    uploads = [Path(row.file.path) for row in UploadedFile.objects.filter(uploaded_by_user=person)]
    if _has_worked_in_cms(person):
        _remove_comments_from_revisions(person)
        _remove_quotations_from_logs(person)
        TaskState.objects.filter(finished_by=person).update(comment="")
    user_type = ContentType.objects.get_for_model(User)
    ModelLogEntry.objects.filter(content_type=user_type, object_id=str(person.pk)).delete()
    reports.forget(person)
    privacy_register.erase(REGISTER, person)
    return uploads


def _has_worked_in_cms(person: User) -> bool:
    """Whether the person has rows in the CMS. Learners have none, so erase() need not read every revision for them."""
    logs = (log.objects.filter(user=person) for log in (PageLogEntry, ModelLogEntry))
    rows = (model.objects.filter(user=person) for model in (Revision, Comment, CommentReply))
    reviewed = TaskState.objects.filter(finished_by=person)
    return any(queryset.exists() for queryset in (*logs, *rows, reviewed))


def _remove_comments_from_revisions(person: User) -> None:
    for revision in Revision.objects.filter(content__has_key="wagtail_admin_comments").iterator(100):
        comments = revision.content["wagtail_admin_comments"]
        kept = [_without_replies(comment, person) for comment in comments if comment.get("user") != person.pk]
        if kept != comments:
            content = revision.content | {"wagtail_admin_comments": kept}
            Revision.objects.filter(pk=revision.pk).update(content=content)


def _without_replies(comment: dict, person: User) -> dict:
    replies = [reply for reply in comment.get("replies", []) if reply.get("user") != person.pk]
    return comment | ({"replies": replies} if "replies" in comment else {})


def _remove_quotations_from_logs(person: User) -> None:
    """Remove all quoted comments from Wagtail's log, and all quotations from this person's own entries.

    Wagtail copies the text of comments and reviews into its log, under the name of the person who changed them last. An
    old entry does not always say whose comment it quotes, so the quotations of all comments are removed.
    """
    quoted = Q(action__startswith="wagtail.comments.") | Q(user=person)
    for log in (PageLogEntry, ModelLogEntry):
        for entry in log.objects.filter(quoted).iterator(500):
            kept = {name: value for name, value in entry.data.items() if name not in ("comment", "reply")}
            if kept != entry.data:
                log.objects.filter(pk=entry.pk).update(data=kept)


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Yield nothing: pictures and documents belong to the courses, not to the person who uploaded them."""
    return iter(())
