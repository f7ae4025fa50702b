"""The stage for attacks on time limits and the order of steps: people at tests, what they send, what it changed."""

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

# What an attack is after. Left out: counters and clocks that follow from being here, such as `seq` and `active_at`.
RECORDS = {
    "quizzes.Attempt": "uuid enrolment number state why started_at deadline submitted_at minutes pass_percent seed",
    "quizzes.AttemptItem": "attempt position version option_order",
    "quizzes.Response": "item op payload",
    "quizzes.Mark": "attempt number score passed",
    "courses.Completion": "enrolment step_key score",
    "courses.Enrolment": "uuid learner period release completed_at left_at",
    "certificates.Certificate": "learner achievement standing",
}


def recorded() -> dict[str, list[str]]:
    """Every row of what counts, in words."""
    rows = {}
    for label, names in RECORDS.items():
        values = apps.get_model(label)._base_manager.order_by("pk").values_list(*names.split())
        rows[label.partition(".")[2]] = [str(row) for row in values]
    return rows


@dataclass(frozen=True)
class Attack:
    """What somebody tries. Up to its `yield` the scene is set; what follows is the attack, whose replies it returns."""

    run: Callable
    answered: tuple[int, ...]
    changes: frozenset[str]

    def __str__(self) -> str:
        return self.run.__name__

    def __call__(self, scene: Scene) -> tuple[list[int], set[str]]:
        """The statuses of its replies, and which records are others now."""
        steps = self.run(scene)
        next(steps)
        before = recorded()
        replies: Iterable[HttpResponse] = ()
        try:
            next(steps)
        except StopIteration as end:
            replies = end.value if isinstance(end.value, list | tuple) else [end.value]
        after = recorded()
        return [reply.status_code for reply in replies], {name for name in after if after[name] != before[name]}


ATTACKS: list[Attack] = []


def attack(*answered: int, changes: Iterable[str] = ()):
    """Add one to the list: every reply has one of these statuses, and nothing but `changes` is changed."""

    def add(run):
        ATTACKS.append(Attack(run, answered, frozenset(changes)))
        return run

    return add


class Scene:
    """Amina and Baraka in two courses, each with two lessons and a test; `sitting` is hers, `other` is his."""

    client: Client

    def __init__(self, amina, baraka):
        self.amina, self.baraka = amina, baraka
        for pool in ("p1", "p2"):
            question("single", pool=pool)
        self.page, self.lessons = self.course("Care")
        self.far_page, self.far_lessons = self.course("Prevention")
        self.mine, self.his = enrol(amina, self.page), enrol(baraka, self.page)
        self.sitting, self.other = attempts.start(self.mine, self.page), attempts.start(self.his, self.page)

    def again(self) -> Scene:
        """The same scene, untouched, for another attack; her browser is a new one."""
        fresh = copy.copy(self)
        vars(fresh).update({name: copy.deepcopy(value) for name, value in vars(self).items() if name != "client"})
        fresh.client = Client(raise_request_exception=False)
        fresh.client.force_login(fresh.amina, backend=BACKEND)
        process_cache.forget()
        return fresh

    def course(self, title: str):
        made = course_factories.course(title, lessons=2, released=False)
        page = quiz(made, [("p1", 1), ("p2", 1)], attempts_per_round=3)
        releases.release(made, CourseRelease.Kind.EDITORIAL, None)
        return page, course_factories.lessons_of(made)

    # What is sent, as the pages and quiz.js send it.
    def url(self, name: str, *args, of: Attempt | None = None) -> str:
        return reverse(f"quizzes:{name}", args=[(of or self.sitting).uuid, *args])

    def post(self, path: str, form: dict | None = None, **extra) -> HttpResponse:
        process_cache.forget()
        return self.client.post(path, form or {}, **extra)

    def save(self, form: dict | None = None, at: int = 1, of: Attempt | None = None, **extra) -> HttpResponse:
        return self.post(self.url("save", at, of=of), {"op": "1", **self.right(at), **(form or {})}, **extra)

    def answer(self, form: dict | None = None, at: int = 1, of: Attempt | None = None) -> HttpResponse:
        return self.post(self.url("item", at, of=of), {**self.right(at), **(form or {})})

    def hand_in(self, of: Attempt | None = None, form: dict | None = None) -> HttpResponse:
        return self.post(self.url("hand_in", of=of), form)

    def start(self, enrolment=None, page=None, form: dict | None = None) -> HttpResponse:
        return self.post(self.start_url(enrolment, page), form)

    def start_url(self, enrolment=None, page=None) -> str:
        return reverse("quizzes:start", args=[(enrolment or self.mine).uuid, (page or self.page).translation_key])

    def step(self, name: str, key, enrolment=None, form: dict | None = None) -> HttpResponse:
        return self.post(reverse(f"step_{name}", args=[(enrolment or self.mine).uuid, key]), form)

    def course_door(self, name: str) -> HttpResponse:
        """Leave the course, or join it."""
        key = self.mine.uuid if name == "leave" else self.page.get_parent().translation_key
        return self.post(reverse(name, args=[key]))

    def right(self, at: int = 1) -> dict:
        """The form that is right; what an attacker sends is never refused for being wrong."""
        item = self.sitting.items.select_related("version").get(position=at)
        question_type, body = item.version.question_type, item.version.content["body"]
        return dict(question_type.fields(question_type.key(body)).lists())

    def wrong(self, at: int = 1) -> str:
        """An option of the item that is not right."""
        options = self.sitting.items.get(position=at).version.content["body"]["options"]
        return next(option["id"] for option in options if not option["correct"])

    def new_lesson(self):
        """One that the release does not know."""
        return course_factories.lesson(self.lessons[0].get_parent(), "Lesson 3")

    # What has happened before.
    def fail(self, times: int = 1) -> None:
        """Hand in without an answer, and again, until so many attempts are used up."""
        for number in range(times):
            if number:
                self.sitting = attempts.start(self.mine, self.page)
            attempts.submit(self.sitting)

    def passed(self) -> None:
        answer_all(self.sitting)
        attempts.submit(self.sitting)

    def time_is_up(self) -> None:
        """Nobody has come by yet to close it."""
        Attempt.objects.filter(pk=self.sitting.pk).update(deadline=F("started_at"))

    @contextmanager
    def later(self, **time):
        """With a session that is still good then."""
        with time_machine.travel(timezone.now() + timedelta(**time), tick=False):
            self.client.force_login(self.amina, backend=BACKEND)
            yield


def everything() -> dict[str, str]:
    """Fields that a form of ours does not have, and that somebody hopes we read."""
    return {
        "deadline": "2099-01-01T00:00:00Z", "started_at": "2099-01-01", "submitted_at": "", "minutes": "9999", "seed": "1", "now": "0",
        "state": "open", "why": "", "number": "1", "score": "2", "max_score": "2", "passed": "on", "correct": "on", "pass_percent": "1",
        "attempt": "1", "enrolment": "1", "item": "1", "position": "2", "version": "1", "seq": "0", "taken": "0", "attempts_per_round": "99",
    }  # fmt: skip
