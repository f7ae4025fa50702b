"""A query on records about people says whose they are, or is not made: while a request or a task runs, anything else raises."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse

from accounts import scoping
from accounts.models import User
from accounts.privacy_register import OnErasure
from accounts.scoping import PersonalQuerySet, Unscoped
from certificates.models import Certificate
from courses import enrolment
from courses.models.records import Completion, Enrolment, Note
from elearning.celery import app
from privacy import registry
from quizzes.models.records import Attempt
from tests.support import factories
from tests.support.apps import APPS

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
NOT_WATCHED = {
    "accounts.User": "asked for by libraries that sign people in; ASKS_FOR_PEOPLE below lists what of ours does",
    "accounts.CountryScope": "the scope itself",
    "accounts.AuditEntry": "numbers; its one page is the administrators'",
    "accounts.Throttle": "keyed hashes",
}

# Who of ours asks for people, and why it is not somebody's records that are shown.
ASKS_FOR_PEOPLE = {
    "accounts/audit/admin.py": "administrators look up the number of an address, and the names of numbers",
    "accounts/admin/people.py": "who holds a role, for administrators",
    "accounts/management/commands/createsuperuser.py": "the operator's shell",
    "accounts/management/commands/forget_second_factor.py": "the operator's shell",
    "accounts/admin/user_form.py": "administrators give a role to an address",
    "accounts/privacy.py": "erasure of one person",
    "accounts/roles.py": "who holds a role, as Wagtail's policies ask",
    "certificates/privacy.py": "erasure of one person",
    "elearning/management/commands/grant.py": "the operator's shell",
    "elearning/demo_data.py": "makes the people of the demo",
    "privacy/requests.py": "that an administrator is left; shuts out who is to be erased",
    "privacy/erasure.py": "one person by their number",
    "quizzes/admin/accommodations.py": "one person of the giver's countries by their address",
}

# Every query that looks at everybody's records, and what of them is shown: nothing of anybody's.
EVERYBODY = {
    "accounts/emails/outgoing.py:send": "one email a cause",
    "accounts/outbox.py:due": "the queue",
    "accounts/outbox.py:note_error": "the queue",
    "accounts/outbox.py:oldest_age": "its oldest age",
    "accounts/outbox.py:work": "the queue",
    "accounts/privacy.py:erase": "some know an address and no person",
    "accounts/retention.py:tidy": "what is over",
    "certificates/verification.py:find": "whoever has the code may see what is printed",
    "certificates/delivery.py:tidy": "names of files",
    "courses/admin/home.py:get_context_data": "a number for each course",
    "courses/protection.py:_refuse": "whether there is any",
    "courses/progress.py:sweep": "the sweep",
    "courses/releases.py:_unfinished": "a release is for all",
    "elearning/health.py:_figures": "figures of a queue",
    "privacy/exports.py:tidy": "what is over",
    "quizzes/attempts.py:close_overdue": "the sweep",
    "quizzes/manual_marking.py:ask_again": "a regrade",
    "quizzes/manual_marking.py:release": "a regrade",
    "quizzes/manual_marking.py:_left": "an attempt in hand",
    "quizzes/manual_marking.py:put_back_forgotten": "the sweep",
    "quizzes/manual_marking.py:_take": "free places",
    "quizzes/admin/manual_marking.py:waiting": "those that wait for one",
    "quizzes/models/manual_marking.py:waiting_for": "which are one's own",
    "quizzes/regrades/worker.py:_keep": "marked again",
    "quizzes/regrades/worker.py:concerned": "marked again",
    "quizzes/regrades/verbs.py:found": "figures",
    "quizzes/regrades/rescoring.py:judged_in": "marked again",
    "quizzes/regrades/rescoring.py:remark": "marked again",
    "quizzes/results.py:_scripts": "of an attempt in hand",
    "quizzes/views.py:_frozen_item": "_my_item() looks whose",
}


def ours():
    """(model, way to the person) of every record about people in our apps that erasure deletes or reduces."""
    for app_name in registry.APPS:
        for holding in app_name.REGISTER.models:
            for about in holding.personal_fields:
                if holding.model.split(".")[0] in APPS and about.on_erasure in (OnErasure.DELETED, OnErasure.REDUCED) and about.lookup:
                    yield holding.model, about.lookup


def unwatched(records) -> list[str]:
    """What of these may be asked for without saying whose, or says it of somebody else."""
    found = []
    for name, whose in records:
        model = apps.get_model(name)
        if name in NOT_WATCHED:
            continue
        watched = isinstance(model._default_manager.all(), PersonalQuerySet)
        if not watched or getattr(model, "PERSON", "") != whose:
            found.append(name)
    return found


def test_every_record_about_people_is_watched_and_knows_its_person():
    records = list(ours())
    assert unwatched(records) == []
    assert {"quizzes.Response", "courses.Note", "certificates.Certificate", "accounts.Email"} <= {
        name for name, _ in records
    }
    # The control: what has no such manager, and what names another way to the person, is seen.
    assert unwatched([("accounts.Facility", "staff"), ("courses.Note", "enrolment")]) == [
        "accounts.Facility",
        "courses.Note",
    ]


@pytest.fixture
def care(db):
    return factories.course("Care", lessons=1)


@pytest.fixture
def joined(care, amina, mona):
    return [enrolment.join(person, care.translation_key) for person in (amina, mona)]


UNSAID = {
    "all": lambda _release: list(Enrolment.objects.all()),
    "filtered by something else": lambda _release: list(Enrolment.objects.filter(period=1)),
    "one by its number": lambda _release: Enrolment.objects.get(period=1),
    "the first": lambda _release: Enrolment.objects.first(),
    "a count": lambda _release: Enrolment.objects.count(),
    "whether there are any": lambda _release: Attempt.objects.exists(),
    "a sum": lambda _release: Completion.objects.aggregate(n=models.Count("pk")),
    "row by row": lambda _release: list(Note.objects.iterator()),
    "values": lambda _release: list(Certificate.objects.values("name")),
    "an update": lambda _release: Note.objects.update(text=""),
    "a deletion": lambda _release: Note.objects.filter(text="").delete(),
    "in bulk": lambda _release: Enrolment.objects.in_bulk([1, 2]),
    "what hangs on a thing that is nobody's": lambda release: list(release.enrolments.all()),
    "together with others": lambda _release: list(Enrolment.objects.of(User.objects.first()) | Enrolment.objects.all()),
    "in a union": lambda _release: list(Enrolment.objects.of(User.objects.first()).union(Enrolment.objects.all())),
}


@pytest.mark.parametrize("ask", UNSAID.values(), ids=UNSAID.keys())
def test_whoever_does_not_say_whose_is_refused(joined, ask):
    release = joined[0].release
    with scoping.watching(), pytest.raises(Unscoped, match="whose"):
        ask(release)


def test_outside_a_request_or_a_task_nothing_is_watched(joined):
    """The control of the above, and what a shell and a migration live on."""
    assert Enrolment.objects.count() == 2


def test_whoever_says_whose_is_answered(joined, amina, rosa):
    hers, monas = joined
    with scoping.watching():
        assert list(Enrolment.objects.of(amina)) == [hers] == list(amina.enrolments.all())
        assert list(Enrolment.objects.visible_to(rosa)) == [hers]
        assert list(Enrolment.objects.this(monas)) == [monas]
        assert list(hers.completions.all()) == []
        assert Enrolment.objects.everybody("a test").count() == 2
        assert list(Enrolment.objects.none()) == []
        assert list(User.objects.filter(enrolments__in=Enrolment.objects.of(amina))) == [amina]
        assert [one.learner for one in Enrolment.objects.of(amina).select_related("learner")] == [amina]


@pytest.fixture
def behind_help(monkeypatch):
    """Put a view of one's own behind a page that is open to all."""
    from tests.access.url_patterns import doors

    return lambda view: monkeypatch.setattr(doors()["help"].pattern, "callback", view)


def names(_request):
    return HttpResponse(", ".join(row.learner.name for row in Enrolment.objects.filter(period=1)))


def test_a_careless_view_shows_nobody(client, joined, rosa, behind_help):
    behind_help(names)
    client.force_login(rosa)
    with pytest.raises(Unscoped):
        client.get(reverse("help"))


def test_without_the_watch_it_would_have_shown_a_foreign_name(client, joined, rosa, behind_help, monkeypatch):
    behind_help(names)
    monkeypatch.setattr(PersonalQuerySet, "_check", lambda self: None)
    client.force_login(rosa)
    assert "Mona Adel" in client.get(reverse("help")).content.decode()


def test_an_answer_that_is_streamed_is_watched_to_its_end_and_no_longer(client, joined, behind_help):
    behind_help(lambda _request: StreamingHttpResponse(str(row.pk) for row in Enrolment.objects.filter(period=1)))
    with pytest.raises(Unscoped):
        list(client.get(reverse("help")).streaming_content)
    behind_help(lambda _request: StreamingHttpResponse(["nothing"]))
    assert b"".join(client.get(reverse("help")).streaming_content) == b"nothing"
    assert Enrolment.objects.count() == 2


def test_a_task_is_watched_too(joined):
    @app.task(name="tests.count_everybody")
    def count_everybody() -> int:
        return Enrolment.objects.count()

    try:
        with pytest.raises(Unscoped):
            count_everybody()
    finally:
        app.tasks.pop("tests.count_everybody")


def calls(test) -> dict[str, set[str]]:
    """{file:function: reasons} of the calls in our apps that `test` knows."""
    found: dict[str, set[str]] = {}
    for path in sorted(path for app_name in APPS for path in (ROOT / app_name).rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if test(node):
                        reason = node.args[0].value if isinstance(node, ast.Call) and node.args else ""
                        found.setdefault(f"{path.relative_to(ROOT)}:{function.name}", set()).add(reason)
    return found


def looks_at_everybody(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "everybody"


def asks_for_people(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "objects" and ast.unparse(node.value) == "User"


def test_who_looks_at_everybody_is_listed_with_the_reason():
    assert calls(looks_at_everybody) == {where: {why} for where, why in EVERYBODY.items()}


def test_who_asks_for_people_is_listed():
    assert {where.split(":")[0] for where in calls(asks_for_people)} == set(ASKS_FOR_PEOPLE)
