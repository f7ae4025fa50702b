"""In the admin a part (revision, review step, comment, editing session) is found only below the object it belongs to."""

import re

from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.urls import reverse
from wagtail.admin.models import EditingSession
from wagtail.models import Comment

from tests.access.addresses import ARGUMENT, address
from tests.access.forms import LESSON, form_data
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.requests import Answer, rolled_back
from tests.access.url_patterns import url_patterns


def foreign_to(world) -> dict[str, dict[str, int]]:
    """Return for each URL argument that names a part: an existing one that belongs to another object."""
    page, question = world.other_lesson, world.locked_question
    review = world.workflow.start(world.second_lesson, world.people.kofi)
    steps = {"workflow_state_id": review.pk, "task_state_id": review.current_task_state.pk}
    parts = {
        kind: {**steps, "revision_id": instance.latest_revision_id, "revision_id_a": instance.latest_revision_id}
        for kind, instance in (("wagtailadmin_pages", page), ("wagtailsnippets_quizzes_question", question))
    }
    assert all(value for values in parts.values() for value in values.values())
    return parts


def patterns_with_a_part(foreign: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    """Return (key, argument) of every pattern of pages and questions with a part in its URL."""
    return [
        (key, argument)
        for key, pattern in url_patterns().items()
        for prefix, values in foreign.items()
        if key.startswith(prefix + ":")
        for argument in values
        if f"{argument}>" in pattern.route
    ]


def accepted_parts(access):
    """Yield the requests that accept a part of another object. They are sent for the draft in review."""
    with rolled_back():
        world = access.world
        foreign, tried = foreign_to(world), 0
        visitor = access.visitor("administrator")
        for key, argument in patterns_with_a_part(foreign):
            path = url_with_another_part(key, argument, foreign[key.partition(":")[0]][argument], world)
            for method in ("GET", "POST"):
                result = visitor.send(method, path, form_data(key, world) if method == "POST" else {})
                tried += 1
                if result.answer not in (Answer.MISSING, Answer.METHOD, Answer.REFUSED):
                    yield f"{method} {path}: {result}"
        assert tried >= 24


def url_with_another_part(key: str, argument: str, value: int, world) -> str:
    """Return the URL of this pattern with another value for one argument."""
    url_pattern = url_patterns()[key]
    right = address(url_pattern, world, "")
    if argument == "revision_id_a":
        return right.replace("earliest", str(value))
    names = ARGUMENT.findall(url_pattern.route)
    pattern = ARGUMENT.sub(lambda match: f"(?P<{match[1]}>[^/]+)", url_pattern.route)
    values = re.fullmatch("/" + pattern, right).groupdict() | {argument: str(value)}
    assert set(values) == set(names)
    return "/" + ARGUMENT.sub(lambda match: values[match[1]], url_pattern.route)


def test_a_part_of_another_object_is_missing(matrix):  # noqa: F811
    assert list(accepted_parts(matrix)) == []


def test_control_without_our_middleware_wagtail_accepts_the_step_of_another_review(matrix, settings):  # noqa: F811
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "WorkflowMiddleware" not in name]
    accepted = [line for line in accepted_parts(matrix) if line.startswith("POST")]
    assert len(accepted) == 4 and all("/workflow/" in line for line in accepted)


def test_control_a_view_that_accepts_any_part_is_noticed(matrix, monkeypatch):  # noqa: F811
    pattern = url_patterns()["wagtailadmin_pages:revisions_view"].django_pattern
    monkeypatch.setattr(pattern, "callback", lambda request, page_id, revision_id: HttpResponse("somebody else's"))
    assert any("/revisions/" in line for line in accepted_parts(matrix))


def test_a_comment_on_another_page_cannot_be_changed(matrix):  # noqa: F811
    world = matrix.world
    with rolled_back():
        foreign = Comment.objects.create(
            page=world.second_lesson, user=world.people.grace, text="Kept.", contentpath="title"
        )
        form = LESSON | {"comments-TOTAL_FORMS": "1", "comments-INITIAL_FORMS": "1", "comments-0-id": foreign.pk, "comments-0-text": "Changed.",
                         "comments-0-contentpath": "title", "comments-0-position": "", "comments-0-DELETE": "on", "comments-0-resolved": "on"}  # fmt: skip
        answer = matrix.visitor("grace").client.post(f"/admin/pages/{world.draft.pk}/edit/", form)
        assert answer.status_code < 500
        foreign.refresh_from_db()
        assert (foreign.text, foreign.resolved_at, foreign.page_id) == ("Kept.", None, world.second_lesson.pk)


def test_the_editing_session_of_somebody_else_cannot_be_closed(matrix):  # noqa: F811
    world = matrix.world
    with rolled_back():
        of_page = ContentType.objects.get_for_model(world.draft)
        session = EditingSession.objects.create(
            user=world.people.grace, content_type=of_page, object_id=world.draft.pk, last_seen_at=world.draft.latest_revision_created_at
        )  # fmt: skip
        matrix.visitor("kofi").client.post(reverse("wagtailadmin_editing_sessions:release", args=[session.pk]))
        assert EditingSession.objects.filter(pk=session.pk).exists()
