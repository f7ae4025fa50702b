"""What quizzes keeps about people: attempts, answers, marks, markings and accommodations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts import privacy_register
from accounts.models import User
from accounts.privacy import UNTIL_ERASED
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register
from courses.privacy import CONTENT

ANSWERS = Purpose(
    _("Answers and results"),
    _("To mark a test, and to mark it again if a question was faulty"),
    _(
        "You; the trainers, reviewers and programme managers for your country; the administrators. Whoever marks a text"
        " does not see who wrote it."
    ),
    UNTIL_ERASED,
)

EXTRA = Purpose(
    _("Extra time or attempts you were given in a test, and the reason"),
    _("So that the test is fair to you"),
    _("You; the trainers, reviewers and programme managers for your country; the administrators"),
    UNTIL_ERASED,
)

REGISTER = Register(
    models=(
        ModelPrivacy(
            "quizzes.Marking",
            (
                PersonalFields(
                    "script__item__attempt__enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "script number points comment begun_at at",
                ),
                PersonalFields("marker", ANSWERS, OnErasure.UNNAMED, "marker begun_at at"),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Script",
            (
                PersonalFields(
                    "item__attempt__enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "item uuid handed_in_at wanted most points settled_at",
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Response",
            (PersonalFields("item__attempt__enrolment__learner", ANSWERS, OnErasure.DELETED, "item op payload at"),),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Mark",
            (
                PersonalFields(
                    "attempt__enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "attempt number score max_score passed critical_errors reason regrade at",
                ),
                PersonalFields("by", ANSWERS, OnErasure.UNNAMED, "by at"),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Change",
            (
                PersonalFields(
                    "attempt__enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "regrade attempt score_before score_after max_after passed_before reaches certified",
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.AttemptItem",
            (
                PersonalFields(
                    "attempt__enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "attempt position version option_order flagged",
                    also={"question": "version__content__stem"},
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Attempt",
            (
                PersonalFields(
                    "enrolment__learner",
                    ANSWERS,
                    OnErasure.DELETED,
                    "enrolment uuid quiz_key quiz_title number state why started_at deadline submitted_at minutes extra_minutes "
                    "pass_percent round per_round pause_hours practice review seq",
                ),
            ),
            "id seed",
        ),
        ModelPrivacy(
            "quizzes.Accommodation",
            (
                PersonalFields(
                    "learner",
                    EXTRA,
                    OnErasure.DELETED,
                    "learner quiz_key quiz_title extra_minutes extra_attempts reason at",
                ),
                PersonalFields("by", EXTRA, OnErasure.UNNAMED, "by at"),
            ),
            "id",
        ),
        ModelPrivacy(
            "quizzes.Question",
            (
                PersonalFields(
                    "locked_by", CONTENT, OnErasure.UNNAMED, "locked_by locked_at", also={"question": "code"}
                ),
            ),
            "id translation_key locale latest_revision live has_unpublished_changes first_published_at last_published_at "
            "live_revision go_live_at expire_at expired locked code pool module critical level stem content rationale cites by_people",
        ),
        ModelPrivacy(
            "quizzes.Regrade",
            (
                PersonalFields("made_by", CONTENT, OnErasure.UNNAMED, "made_by made_at choice reason"),
                PersonalFields("applied_by", CONTENT, OnErasure.UNNAMED, "applied_by applied_at choice reason"),
                PersonalFields(
                    "reverted_by", CONTENT, OnErasure.UNNAMED, "reverted_by reverted_at revert_reason choice"
                ),
            ),
            "id uuid version answer stage cursor done total state due_at claimed_until tries last_error done_at",
        ),
        ModelPrivacy(
            "quizzes.QuestionVersion", (), "id key language number content digest words_digest source created_at"
        ),
        ModelPrivacy(
            "quizzes.QuizPage",
            (),
            "page_ptr number minutes bytes intro purpose pass_percent attempts_per_round pause_hours review mixed draws",
        ),
    ),
    tasks={"quizzes.tasks.sweep": "", "quizzes.regrades.tasks.regrade": "pk"},
    stores={
        "test:": _("Answers in a test that could not be sent yet, until they are sent."),
        "seen:": _("In a test, which of your saved answers a tab has seen, until it is closed."),
    },
)


def erase(person: User) -> list[Path]:
    """Erase the person's rows as REGISTER declares. Returns the files to delete: quizzes has none."""
    privacy_register.erase(REGISTER, person)
    return []


def files(person: User) -> Iterator[tuple[str, Path]]:
    """The person's files for their data copy: quizzes has none."""
    return iter(())
