"""The form data of URL patterns. A pattern that is not named here gets an empty form."""

from __future__ import annotations

import uuid

from tests.support.people import PASSWORD

LESSON = {
    "title": "Draft",
    "slug": "draft",
    "number": "1.1.9",
    "minutes": "5",
    "objectives-count": "0",
    "body-count": "0",
    "comments-TOTAL_FORMS": "0",
    "comments-INITIAL_FORMS": "0",
}
QUESTION = {"code": "q", "pool": "p1", "level": "apply", "stem": "What?", "content-count": "0", "cites-count": "0"}


def form_data(key: str, world) -> dict:
    """Return the form data for a pattern."""
    fields = FORMS.get(key, {})
    return fields(world) if callable(fields) else fields


FORMS = {
    "step_note": {"note": "A thought."},
    "step_position": {"block": str(uuid.UUID(int=1))},
    "quizzes:save": {"op": "1"},
    "problems:answer": {"answer": "It is corrected."},
    "standards:confirm": lambda world: {"text": world.statement_text.pk},
    "register:revoke": {"reason": "Issued by mistake."},
    "register:reissue": {"reason": "The name was misspelt."},
    "failed_work_again": {"kind": "emails"},
    "course_release": {"kind": "editorial"},
    "regrades:add": lambda world: {"version": world.regrade.version_id},
    "regrades:begin": {"fix": "full", "why": "Faulty."},
    "regrades:revert": {"reason": "It was right."},
    "accommodations:add": lambda world: {
        "email": "amina@example.org",
        "quiz": world.quiz.pk,
        "extra_minutes": 10,
        "extra_attempts": 0,
        "reason": "Reads with a magnifier.",
    },
    "roles:add": {"email": "amina@example.org", "role": "trainer", "country": "KE", "your_password": PASSWORD},
    "wagtailadmin_pages:add": LESSON,
    "wagtailadmin_pages:edit": LESSON,
    "wagtailadmin_pages:revisions_revert": LESSON,
    "wagtailadmin_pages:copy": lambda world: {
        "new_title": "Copy",
        "new_slug": "copy",
        "new_parent_page": world.module.pk,
    },
    "wagtailadmin_choose_page_external_link": {"external-link-chooser-url": "https://example.org/"},
    "wagtail_bulk_action": lambda world: {
        "mark_as_active": "False",
        "tags": "clinic",
        "collection": world.collection.pk,
        "chooser": world.other_lesson.get_parent().pk,
    },
    "wagtailsnippets_quizzes_question:add": QUESTION,
    "wagtailsnippets_quizzes_question:edit": QUESTION,
    "wagtailsnippets_quizzes_question:copy": QUESTION,
    "wagtailsnippets_quizzes_question:revisions_revert": QUESTION,
}
