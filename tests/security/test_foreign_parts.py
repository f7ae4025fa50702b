"""In the admin too, a part (a revision, a step of a review, a comment, an open editor) is found below its own whole only."""

import re

from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.urls import reverse
from wagtail.admin.models import EditingSession
from wagtail.models import Comment

from tests.access.addresses import ARGUMENT, address
from tests.access.forms import LESSON, filled_in
from tests.access.matrix import db, in_the_world  # noqa: F401
from tests.access.requests import Answer, taken_back
from tests.access.url_patterns import doors


def foreign_to(world) -> dict[str, dict[str, int]]:
    """For each argument that names a part of something: one that exists, of something else."""
    page, question = world.other_lesson, world.locked_question
    review = world.workflow.start(world.second_lesson, world.people.kofi)
    steps = {"workflow_state_id": review.pk, "task_state_id": review.current_task_state.pk}
    of = {
        kind: {**steps, "revision_id": thing.latest_revision_id, "revision_id_a": thing.latest_revision_id}
        for kind, thing in (("wagtailadmin_pages", page), ("wagtailsnippets_quizzes_question", question))
    }
    assert all(value for values in of.values() for value in values.values())
    return of


def doors_with_a_part(foreign: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    """(key, argument) of every door of pages and questions whose address names a thing and a part of it."""
    return [
        (key, argument)
        for key, door in doors().items()
        for prefix, values in foreign.items()
        if key.startswith(prefix + ":")
        for argument in values
        if f"{argument}>" in door.route
    ]


def accepted_parts(walked):
    """Doors that take a part of something else for a part of this. Those of the draft that waits are asked about."""
    with taken_back():
        world = walked.world
        foreign, tried = foreign_to(world), 0
        visitor = walked.visitor("administrator")
        for key, argument in doors_with_a_part(foreign):
            path = with_another(key, argument, foreign[key.partition(":")[0]][argument], world)
            for method in ("GET", "POST"):
                got = visitor.knock(method, path, filled_in(key, world) if method == "POST" else {})
                tried += 1
                if got.answer not in (Answer.MISSING, Answer.METHOD, Answer.REFUSED):
                    yield f"{method} {path}: {got}"
        assert tried >= 24


def with_another(key: str, argument: str, value: int, world) -> str:
    """The address of this door, with another value in the place of one argument."""
    door = doors()[key]
    right = address(door, world, "")
    if argument == "revision_id_a":
        return right.replace("earliest", str(value))
    names = ARGUMENT.findall(door.route)
    pattern = ARGUMENT.sub(lambda found: f"(?P<{found[1]}>[^/]+)", door.route)
    values = re.fullmatch("/" + pattern, right).groupdict() | {argument: str(value)}
    assert set(values) == set(names)
    return "/" + ARGUMENT.sub(lambda found: values[found[1]], door.route)


def test_a_part_of_something_else_is_missing(in_the_world):  # noqa: F811
    assert list(accepted_parts(in_the_world)) == []


def test_control_without_our_gate_wagtail_takes_the_step_of_another_review(in_the_world, settings):  # noqa: F811
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "WorkflowMiddleware" not in name]
    accepted = [line for line in accepted_parts(in_the_world) if line.startswith("POST")]
    assert len(accepted) == 4 and all("/workflow/" in line for line in accepted)


def test_control_a_view_that_finds_any_part_is_seen(in_the_world, monkeypatch):  # noqa: F811
    pattern = doors()["wagtailadmin_pages:revisions_view"].pattern
    monkeypatch.setattr(pattern, "callback", lambda request, page_id, revision_id: HttpResponse("somebody else's"))
    assert any("/revisions/" in line for line in accepted_parts(in_the_world))


def test_the_comment_on_another_page_is_not_changed_from_this_one(in_the_world):  # noqa: F811
    world = in_the_world.world
    with taken_back():
        foreign = Comment.objects.create(
            page=world.second_lesson, user=world.people.grace, text="Kept.", contentpath="title"
        )
        form = LESSON | {"comments-TOTAL_FORMS": "1", "comments-INITIAL_FORMS": "1", "comments-0-id": foreign.pk, "comments-0-text": "Changed.",
                         "comments-0-contentpath": "title", "comments-0-position": "", "comments-0-DELETE": "on", "comments-0-resolved": "on"}  # fmt: skip
        answer = in_the_world.visitor("grace").client.post(f"/admin/pages/{world.draft.pk}/edit/", form)
        assert answer.status_code < 500
        foreign.refresh_from_db()
        assert (foreign.text, foreign.resolved_at, foreign.page_id) == ("Kept.", None, world.second_lesson.pk)


def test_the_open_editor_of_somebody_else_is_not_closed(in_the_world):  # noqa: F811
    world = in_the_world.world
    with taken_back():
        of_page = ContentType.objects.get_for_model(world.draft)
        theirs = EditingSession.objects.create(
            user=world.people.grace, content_type=of_page, object_id=world.draft.pk, last_seen_at=world.draft.latest_revision_created_at
        )  # fmt: skip
        in_the_world.visitor("kofi").client.post(reverse("wagtailadmin_editing_sessions:release", args=[theirs.pk]))
        assert EditingSession.objects.filter(pk=theirs.pk).exists()
