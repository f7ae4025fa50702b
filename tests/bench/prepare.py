"""The people and records that the bench asks for. Runs inside the product: product.python("from tests.bench import prepare …")."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import cache
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.http import urlencode

from accounts import roles
from accounts.models import Role, User
from accounts.scoping import ANYWHERE
from accounts.sessions import SessionStore
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.pages import CoursePage, LessonPage
from courses.models.records import Enrolment
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt, AttemptItem

DOMAIN = "bench.example.org"
SHORT = (4, 3, 3)  # questions of each of the three pools
FAILED = 7  # right answers of ten; the test needs eight


class ShortTest:
    """The page of the test, with papers of ten questions."""

    def __init__(self, page: QuizPage):
        self.page = page
        self.cells = [replace(cell, count=count) for cell, count in zip(page.cells, SHORT, strict=True)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)


@cache
def course() -> CoursePage:
    return CoursePage.objects.get()


@cache
def test() -> QuizPage:
    return QuizPage.objects.child_of(course()).get()


def person(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@{DOMAIN}", name=f"Bench {name}", country="KE", **fields)


def learner(name: str) -> Enrolment:
    """Somebody who has done every lesson of the course."""
    joined = enrolment.join(person(name), course().translation_key)
    for step in joined.release.steps:
        if step["kind"] == "lesson":
            progress.complete_step(joined, step["key"])
    return joined


def session(user: User) -> str:
    """Sign this person in. Return the key of the session."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key


def address(page: CoursePage | LessonPage) -> str:
    return "/en" + page.url_path.removeprefix("/home")


def right_answer(item: AttemptItem) -> Any:
    return item.version.question_type.key(item.version.content["body"])


def answered(joined: Enrolment, right: int) -> Attempt:
    """An attempt of ten questions with so many right answers; the others are empty."""
    attempt = attempts.start(joined, ShortTest(test()))
    for item in attempt.items.select_related("version")[:right]:
        attempts.save(attempt, item, 1, right_answer(item), False)
    return attempt


def pages() -> dict[str, str]:
    """The addresses of the course and of its first lesson."""
    return {"course": address(course()), "lesson": address(LessonPage.objects.descendant_of(course()).first())}


def speed(submits: int) -> dict[str, Any]:
    """For `make bench`: attempts to hand in, `submits` failing and as many passing ones, and one learner for the rest."""
    running: dict[str, list] = {"failing": [], "passing": []}
    for kind, right in (("failing", FAILED), ("passing", sum(SHORT))):
        for number in range(submits):
            joined = learner(f"{kind}{number}")
            running[kind].append([session(joined.learner), str(answered(joined, right).uuid)])
    failed = learner("failed")
    result = answered(failed, FAILED)
    attempts.submit(result)
    joined = learner("learner")
    attempt = attempts.start(joined, test())
    single = next(
        item for item in attempt.items.select_related("version") if item.version.question_type.name == "single"
    )
    return {
        **pages(),
        **running,
        "session": session(joined.learner),
        "step": str(uuid.uuid4()),
        "attempt": str(attempt.uuid),
        "position": single.position,
        "option": single.version.content["body"]["options"][0]["id"],
        "failed": [session(failed.learner), str(result.uuid)],
    }


def growth() -> dict[str, Any]:
    """For `make bench-scale`: the people who look, by the names that tests/bench/pages.py uses."""
    managers = {"manager": ANYWHERE, "manager of KE": "KE"}
    sessions = {"learner": session(learner("learner").learner)}
    for number, (name, country) in enumerate(managers.items()):
        user = person(f"manager{number}")
        roles.grant(user, Role.MANAGER, country)
        sessions[name] = session(user)
    sessions["administrator"] = session(person("administrator", is_superuser=True))
    return {**pages(), "sessions": sessions}


def sought() -> dict[str, str]:
    """What is searched for: a name, an address and a certificate among the people of `manage.py seed`."""
    seeded = Enrolment.objects.everybody("the bench").exclude(learner__email__endswith=DOMAIN)
    somebody = seeded.select_related("learner").order_by("pk").first().learner
    certificate = Certificate.objects.everybody("the bench").issued().order_by("pk").first()
    return {"name": somebody.name.split()[0], "address": somebody.email, "certificate": certificate.shown_code}


def load(many: int) -> list[list]:
    """For `make bench-scale ARGS=--load`: sessions and open attempts with the forms of ten right answers."""
    candidates = []
    for number in range(many):
        joined = learner(f"candidate{number}")
        attempt = answered(joined, 0)
        forms = [
            [item.position, urlencode(item.version.question_type.fields(right_answer(item)), doseq=True)]
            for item in attempt.items.select_related("version")
        ]
        candidates.append([session(joined.learner), str(attempt.uuid), forms])
    return candidates
