"""During a request or a task, a query on records about people raises Unscoped unless it says whose records it reads."""

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
UNCHECKED_MODELS = {
    "accounts.User": "queried by sign-in libraries; QUERIES_USERS below lists our own code that queries it",
    "accounts.CountryScope": "the scope itself",
    "accounts.AuditEntry": "ids only; only administrators can open its page",
    "accounts.Throttle": "keyed hashes",
    "accounts.Session": "Django's middleware finds a session by its key",
}

# Our code that queries users, and why it shows nobody's records.
QUERIES_USERS = {
    "accounts/admin/audit.py": "administrators look up the uuid of an address, and the names of uuids",
    "accounts/admin/people.py": "the administrators who may manage roles",
    "accounts/admin/powers_email.py": "all administrators are told",
    "accounts/emails/addresses.py": "the person of an address that emails do not reach",
    "accounts/emails/unsubscribe.py": "the person of a signed link",
    "accounts/changes.py": "one person, to change or to restore how they sign in",
    "accounts/management/commands/createsuperuser.py": "the operator's shell",
    "accounts/management/commands/forget_second_factor.py": "the operator's shell",
    "accounts/admin/user_form.py": "administrators grant a role to an address",
    "accounts/privacy.py": "erasure of one person",
    "accounts/roles.py": "holders of a role, for Wagtail's permission policies",
    "certificates/privacy.py": "erasure of one person",
    "courses/notices.py": "the sweep writes to each person about a release that concerns them",
    "elearning/management/commands/grant.py": "the operator's shell",
    "elearning/demo_data.py": "creates the people of the demo",
    "elearning/first_run/administrator.py": "the operator's shell: the first administrator",
    "elearning/seed/people.py": "counts the people that it has made, and whether there are others",
    "privacy/requests.py": "checks that an administrator is left; deactivates the person to erase",
    "privacy/erasure.py": "one person by their uuid",
    "quizzes/admin/accommodations.py": "one person in the user's countries, by their address",
    "quizzes/models/changed_rules.py": "who scheduled a publication, to ask whether they may",
    "quizzes/permissions.py": "whether the role of one person opens the question bank, before they start a test",
}

# Every call of everybody(), with its reason. None of them shows a person's records.
EVERYBODY = {
    "accounts/changes.py:find": "whoever has the link",
    "accounts/emails/bounces.py:_sent_email": "the email that bounced",
    "accounts/emails/held.py:emails": "held after a restore",
    "accounts/emails/held.py:hold_unsent": "held after a restore",
    "accounts/emails/outgoing.py:send": "one email for each cause",
    "accounts/emails/waiting.py:_is_pending": "the queue",
    "accounts/outbox.py:due": "the queue",
    "accounts/outbox.py:note_error": "the queue",
    "accounts/outbox.py:work": "the queue",
    "accounts/privacy.py:erase": "emails with an address and no user",
    "accounts/retention.py:_forget_changes": "expired undo links",
    "accounts/retention.py:tidy": "expired emails",
    "certificates/delivery.py:tidy": "names of files",
    "certificates/pdf_check.py:problems": "all files are checked",
    "certificates/validity.py:drop_successor": "what was never valid",
    "certificates/verification.py:find": "whoever has the code may see what is printed",
    "courses/admin/home.py:get_context_data": "a number for each course",
    "courses/notices.py:_relies_on": "a release is for all",
    "courses/notices.py:_tell_slice": "a release is for all",
    "courses/notices.py:concerned": "a release is for all",
    "courses/notices.py:count_readers": "a release is for all",
    "courses/problem_reports/reports.py:_is_due": "the sweep",
    "courses/problem_reports/reports.py:_tell_trainers": "the sweep",
    "courses/problem_reports/reports.py:tell": "the sweep",
    "courses/progress.py:sweep": "the sweep",
    "courses/protection.py:_people": "whether there is any",
    "courses/protection.py:_refuse": "whether there is any",
    "courses/reading.py:due": "the sweep",
    "courses/withdrawal.py:unfinished": "a release is for all",
    "elearning/admin/failed_work.py:_failed": "failed work, for administrators",
    "elearning/admin/failed_work.py:_requeue": "failed work, for administrators",
    "elearning/health/queues.py:figures": "figures of a queue",
    "privacy/exports.py:make_ready_copies_again": "after a restore",
    "privacy/exports.py:missing_copies": "all files are checked",
    "privacy/exports.py:tidy": "expired copies",
    "quizzes/admin/manual_marking.py:waiting": "scripts that wait for this marker",
    "quizzes/answers.py:shares_by_people": "marked again",
    "quizzes/attempts.py:close_overdue": "the sweep",
    "quizzes/manual_marking.py:_has_unsettled_scripts": "an attempt being marked",
    "quizzes/manual_marking.py:_take": "free places",
    "quizzes/manual_marking.py:put_back_forgotten": "the sweep",
    "quizzes/manual_marking.py:reopen_scripts": "a regrade",
    "quizzes/manual_marking.py:settle_without_points": "a regrade",
    "quizzes/models/pages.py:_asked_questions": "a release is for all",
    "quizzes/models/pages.py:enrolments_shown": "a release is for all",
    "quizzes/models/pages.py:unpassed_enrolments": "a release is for all",
    "quizzes/models/manual_marking.py:waiting_for": "the marker's own",
    "quizzes/admin/regrades.py:get_context_data": "of the changes in scope",
    "quizzes/regrades/rescoring.py:rescore": "marked again",
    "quizzes/regrades/verbs.py:count_changes": "figures",
    "quizzes/regrades/worker.py:_store_changes": "marked again",
    "quizzes/regrades/worker.py:affected_attempts": "marked again",
    "quizzes/results.py:_scripts": "a finished attempt",
    "quizzes/views.py:_frozen_item": "_own_item() checks whose",
}


def declared_records():
    """Yield (model, lookup of the person) for every record about people in our apps that erasure deletes or reduces."""
    for app_name in registry.APPS:
        for declaration in app_name.REGISTER.models:
            if declaration.model.split(".")[0] not in APPS:
                continue
            for personal in declaration.personal_fields:
                if personal.lookup and personal.on_erasure in (OnErasure.DELETED, OnErasure.REDUCED):
                    yield declaration.model, personal.lookup


def unchecked(records) -> list[str]:
    """Return the models among these that can be queried without a scope, or whose PERSON is another lookup."""
    wrong = []
    for name, lookup in records:
        model = apps.get_model(name)
        if name in UNCHECKED_MODELS:
            continue
        is_checked = isinstance(model._default_manager.all(), PersonalQuerySet)
        if not is_checked or getattr(model, "PERSON", "") != lookup:
            wrong.append(name)
    return wrong


def test_every_record_about_people_is_checked_and_names_its_person():
    records = list(declared_records())
    assert unchecked(records) == []
    assert {"quizzes.Response", "courses.Note", "certificates.Certificate", "accounts.Email"} <= {
        name for name, _ in records
    }
    # The control: a model without such a manager and one with another lookup are reported.
    assert unchecked([("accounts.Facility", "staff"), ("courses.Note", "enrolment")]) == [
        "accounts.Facility",
        "courses.Note",
    ]


@pytest.fixture
def care(db):
    return factories.course("Care", lessons=1)


@pytest.fixture
def joined(care, amina, mona):
    return [enrolment.join(person, care.translation_key) for person in (amina, mona)]


UNSCOPED_QUERIES = {
    "all": lambda _release: list(Enrolment.objects.all()),
    "filtered by something else": lambda _release: list(Enrolment.objects.filter(period=1)),
    "one by its period": lambda _release: Enrolment.objects.get(period=1),
    "the first": lambda _release: Enrolment.objects.first(),
    "a count": lambda _release: Enrolment.objects.count(),
    "whether there are any": lambda _release: Attempt.objects.exists(),
    "a sum": lambda _release: Completion.objects.aggregate(n=models.Count("pk")),
    "row by row": lambda _release: list(Note.objects.iterator()),
    "SQL": lambda _release: list(Enrolment.objects.raw("SELECT * FROM courses_enrolment")),
    "values": lambda _release: list(Certificate.objects.values("name")),
    "an update": lambda _release: Note.objects.update(text=""),
    "a deletion": lambda _release: Note.objects.filter(text="").delete(),
    "in bulk": lambda _release: Enrolment.objects.in_bulk([1, 2]),
    "related rows of a row that is not about a person": lambda release: list(release.enrolments.all()),
    "together with others": lambda _release: list(Enrolment.objects.of(User.objects.first()) | Enrolment.objects.all()),
    "in a union": lambda _release: list(Enrolment.objects.of(User.objects.first()).union(Enrolment.objects.all())),
}


@pytest.mark.parametrize("query", UNSCOPED_QUERIES.values(), ids=UNSCOPED_QUERIES.keys())
def test_an_unscoped_query_is_refused(joined, query):
    release = joined[0].release
    with scoping.watching(), pytest.raises(Unscoped, match="whose"):
        query(release)


def test_outside_requests_and_tasks_nothing_is_checked(joined):
    """The control of the test above. Shells and migrations rely on it."""
    assert Enrolment.objects.count() == 2


def test_a_scoped_query_is_answered(joined, amina, rosa):
    aminas, monas = joined
    with scoping.watching():
        assert list(Enrolment.objects.of(amina)) == [aminas] == list(amina.enrolments.all())
        assert list(Enrolment.objects.visible_to(rosa)) == [aminas]
        assert list(Enrolment.objects.this(monas)) == [monas]
        assert list(aminas.completions.all()) == []
        assert Enrolment.objects.everybody("a test").count() == 2
        assert list(Enrolment.objects.none()) == []
        assert list(User.objects.filter(enrolments__in=Enrolment.objects.of(amina))) == [amina]
        assert [row.learner for row in Enrolment.objects.of(amina).select_related("learner")] == [amina]


@pytest.fixture
def behind_help(monkeypatch):
    """Return a function that puts a view behind a page open to everybody."""
    from tests.access.url_patterns import url_patterns

    return lambda view: monkeypatch.setattr(url_patterns()["help"].django_pattern, "callback", view)


def names(_request):
    return HttpResponse(", ".join(row.learner.name for row in Enrolment.objects.filter(period=1)))


def test_a_view_with_an_unscoped_query_shows_nobody(client, joined, rosa, behind_help):
    behind_help(names)
    client.force_login(rosa)
    with pytest.raises(Unscoped):
        client.get(reverse("help"))


def test_control_without_the_check_it_shows_a_foreign_name(client, joined, rosa, behind_help, monkeypatch):
    behind_help(names)
    monkeypatch.setattr(PersonalQuerySet, "_check", lambda self: None)
    client.force_login(rosa)
    assert "Mona Adel" in client.get(reverse("help")).content.decode()


def test_a_streamed_response_is_checked_until_its_end_and_no_longer(client, joined, behind_help):
    behind_help(lambda _request: StreamingHttpResponse(str(row.pk) for row in Enrolment.objects.filter(period=1)))
    with pytest.raises(Unscoped):
        list(client.get(reverse("help")).streaming_content)
    behind_help(lambda _request: StreamingHttpResponse(["nothing"]))
    assert b"".join(client.get(reverse("help")).streaming_content) == b"nothing"
    assert Enrolment.objects.count() == 2


def test_a_task_is_checked_too(joined):
    @app.task(name="tests.count_everybody")
    def count_everybody() -> int:
        return Enrolment.objects.count()

    try:
        with pytest.raises(Unscoped):
            count_everybody()
    finally:
        app.tasks.pop("tests.count_everybody")


def calls(test) -> dict[str, set[str]]:
    """Return {file:function: reasons} for the nodes in our apps for which `test` is true."""
    reasons: dict[str, set[str]] = {}
    for path in sorted(path for app_name in APPS for path in (ROOT / app_name).rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if test(node):
                        reason = node.args[0].value if isinstance(node, ast.Call) and node.args else ""
                        reasons.setdefault(f"{path.relative_to(ROOT)}:{function.name}", set()).add(reason)
    return reasons


def calls_everybody(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "everybody"


def queries_users(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "objects" and ast.unparse(node.value) == "User"


def test_every_call_of_everybody_is_listed_with_its_reason():
    assert calls(calls_everybody) == {where: {why} for where, why in EVERYBODY.items()}


def test_code_that_queries_users_is_listed():
    assert {where.split(":")[0] for where in calls(queries_users)} == set(QUERIES_USERS)
