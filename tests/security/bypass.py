"""The scene for attacks on time limits and the order of steps: people with attempts, their requests, and what changed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.apps import apps
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import process_cache
from courses import releases
from courses.models.records import CourseRelease
from quizzes import attempts
from quizzes.models.records import Attempt
from tests.access.requests import BACKEND
from tests.quizzes.factories import answer_all, enrol, question, quiz
from tests.support import factories as course_factories

# The fields that an attack must not change. Counters and times of any request are left out, such as `seq` and `active_at`.
RECORDS = {
    "quizzes.Attempt": "uuid enrolment number state why started_at deadline submitted_at minutes pass_percent seed",
    "quizzes.AttemptItem": "attempt position version option_order",
    "quizzes.Response": "item op payload",
    "quizzes.Mark": "attempt number score passed",
    "courses.Completion": "enrolment step_key score",
    "courses.Enrolment": "uuid learner period release completed_at left_at",
    "certificates.Certificate": "learner achievement standing",
}


def record_rows() -> dict[str, list[str]]:
    """Return the rows of RECORDS as text."""
    rows = {}
    for label, names in RECORDS.items():
        values = apps.get_model(label)._base_manager.order_by("pk").values_list(*names.split())
        rows[label.partition(".")[2]] = [str(row) for row in values]
    return rows


@dataclass(frozen=True)
class Attack:
    """One attack. The function sets the scene up to its `yield`; the rest is the attack and returns the responses."""

    run: Callable
    statuses: tuple[int, ...]
    changes: frozenset[str]

    def __str__(self) -> str:
        return self.run.__name__

    def __call__(self, scene: Scene) -> tuple[list[int], set[str]]:
        """Return the status codes of the responses, and the records that have changed."""
        steps = self.run(scene)
        next(steps)
        before = record_rows()
        replies: Iterable[HttpResponse] = ()
        try:
            next(steps)
        except StopIteration as end:
            replies = end.value if isinstance(end.value, list | tuple) else [end.value]
        after = record_rows()
        return [reply.status_code for reply in replies], {name for name in after if after[name] != before[name]}


ATTACKS: list[Attack] = []


def attack(*statuses: int, changes: Iterable[str] = ()):
    """Register an attack: every response has one of these status codes, and only `changes` change."""

    def add(run):
        ATTACKS.append(Attack(run, statuses, frozenset(changes)))
        return run

    return add


class Scene:
    """Amina and Baraka in two courses, each with two lessons and a test. `other_…` is Baraka's or of the other course."""

    client: Client

    def __init__(self, amina, baraka):
        self.amina, self.baraka = amina, baraka
        for pool in ("p1", "p2"):
            question("single", pool=pool)
        self.page, self.lessons = self.course("Care")
        self.other_page, self.other_lessons = self.course("Prevention")
        self.enrolment, self.other_enrolment = enrol(amina, self.page), enrol(baraka, self.page)
        self.attempt, self.other_attempt = (
            attempts.start(self.enrolment, self.page),
            attempts.start(self.other_enrolment, self.page),
        )

    def fresh_copy(self) -> Scene:
        """Return a copy of the scene for another attack, with a new browser for Amina."""
        scene = copy.copy(self)
        vars(scene).update({name: copy.deepcopy(value) for name, value in vars(self).items() if name != "client"})
        scene.client = Client(raise_request_exception=False)
        scene.client.force_login(scene.amina, backend=BACKEND)
        process_cache.forget()
        return scene

    def course(self, title: str):
        course = course_factories.course(title, lessons=2, released=False)
        page = quiz(course, [("p1", 1), ("p2", 1)], attempts_per_round=3)
        releases.release(course, CourseRelease.Kind.EDITORIAL, None)
        return page, course_factories.lessons_of(course)

    # Requests, as the pages and quiz.js send them.
    def url(self, name: str, *args, of: Attempt | None = None) -> str:
        return reverse(f"quizzes:{name}", args=[(of or self.attempt).uuid, *args])

    def post(self, path: str, form: dict | None = None, **extra) -> HttpResponse:
        process_cache.forget()
        return self.client.post(path, form or {}, **extra)

    def save(self, form: dict | None = None, at: int = 1, of: Attempt | None = None, **extra) -> HttpResponse:
        return self.post(self.url("save", at, of=of), {"op": "1", **self.right_answer(at), **(form or {})}, **extra)

    def answer(self, form: dict | None = None, at: int = 1, of: Attempt | None = None) -> HttpResponse:
        return self.post(self.url("item", at, of=of), {**self.right_answer(at), **(form or {})})

    def hand_in(self, of: Attempt | None = None, form: dict | None = None) -> HttpResponse:
        return self.post(self.url("hand_in", of=of), form)

    def start(self, enrolment=None, page=None, form: dict | None = None) -> HttpResponse:
        return self.post(self.start_url(enrolment, page), form)

    def start_url(self, enrolment=None, page=None) -> str:
        return reverse("quizzes:start", args=[(enrolment or self.enrolment).uuid, (page or self.page).translation_key])

    def step(self, name: str, key, enrolment=None, form: dict | None = None) -> HttpResponse:
        return self.post(reverse(f"step_{name}", args=[(enrolment or self.enrolment).uuid, key]), form)

    def leave_or_join(self, name: str) -> HttpResponse:
        """Leave the course, or join it."""
        key = self.enrolment.uuid if name == "leave" else self.page.get_parent().translation_key
        return self.post(reverse(name, args=[key]))

    def right_answer(self, at: int = 1) -> dict:
        """Return the form with the right answer, so that no attack fails because its answer is wrong."""
        item = self.attempt.items.select_related("version").get(position=at)
        question_type, body = item.version.question_type, item.version.content["body"]
        return dict(question_type.fields(question_type.key(body)).lists())

    def wrong_option(self, at: int = 1) -> str:
        """Return a wrong option of the question."""
        options = self.attempt.items.get(position=at).version.content["body"]["options"]
        return next(option["id"] for option in options if not option["correct"])

    def new_lesson(self):
        """Add a lesson that is not in the release."""
        return course_factories.lesson(self.lessons[0].get_parent(), "Lesson 3")

    # Set-up.
    def fail(self, times: int = 1) -> None:
        """Submit this many attempts without an answer."""
        for number in range(times):
            if number:
                self.attempt = attempts.start(self.enrolment, self.page)
            attempts.submit(self.attempt)

    def pass_test(self) -> None:
        answer_all(self.attempt)
        attempts.submit(self.attempt)

    def expire(self) -> None:
        """Let the time run out. The sweep has not closed the attempt yet."""
        Attempt.objects.filter(pk=self.attempt.pk).update(deadline=F("started_at"))

    @contextmanager
    def later(self, **time):
        """Travel in time, with a session that is still valid then."""
        with time_machine.travel(timezone.now() + timedelta(**time), tick=False):
            self.client.force_login(self.amina, backend=BACKEND)
            yield


def everything() -> dict[str, str]:
    """Return fields that our forms do not have, which an attacker may hope we read."""
    return {
        "deadline": "2099-01-01T00:00:00Z", "started_at": "2099-01-01", "submitted_at": "", "minutes": "9999", "seed": "1", "now": "0",
        "state": "open", "why": "", "number": "1", "score": "2", "max_score": "2", "passed": "on", "correct": "on", "pass_percent": "1",
        "attempt": "1", "enrolment": "1", "item": "1", "position": "2", "version": "1", "seq": "0", "taken": "0", "attempts_per_round": "99",
    }  # fmt: skip
