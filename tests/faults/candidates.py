"""People with a test that is answered and waits to be handed in, over real HTTP."""

from __future__ import annotations

import http.client
import re
import uuid
from typing import NamedTuple

from tests.faults.experiment import Clock, Report
from tests.support.product import Product

PREPARE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
from courses import enrolment
from courses.models.pages import CoursePage
from courses.models.records import Completion
from django.utils import timezone
from django.utils.http import urlencode
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Response
course = CoursePage.objects.get()
quiz = QuizPage.objects.child_of(course).get()
begun = User.objects.filter(email__startswith="sitter").count()
answer = []
for number in range(begun, begun + {many}):
    person = User.objects.create_user(f"sitter{{number}}@example.org", name=f"Sitter {{number}} of Kenya", country="KE")
    mine = enrolment.join(person, course.translation_key)
    lessons = [step["key"] for step in mine.release.steps if step["kind"] == "lesson"]
    Completion.objects.bulk_create(Completion(enrolment=mine, step_key=key, completed_at=timezone.now()) for key in lessons)
    attempt = attempts.start(mine, quiz)
    for item in attempt.items.select_related("version").order_by("-position"):
        payload = item.version.question_type.key(item.version.content["body"])
        # Not attempts.save(): a case is answered step by step, and this is its last.
        Response.objects.create(item=item, op=1, payload=payload, at=timezone.now())
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    answer.append([store.session_key, str(attempt.uuid), urlencode(item.version.question_type.fields(payload), doseq=True)])
"""
STORED = """
SELECT CAST(attempt.uuid AS varchar(36)),
    (SELECT count(*) FROM quizzes_mark WHERE attempt_id = attempt.id AND attempt.state = 'submitted'),
    (SELECT count(*) FROM quizzes_response JOIN quizzes_attemptitem item ON item.id = item_id
     WHERE item.attempt_id = attempt.id AND item.position = 1 AND op = 2)
FROM quizzes_attempt attempt
"""
TOKEN = "x" * 32
AT_ONCE = 200  # made by one command, which has five minutes


class Sitter(NamedTuple):
    session: str
    attempt: str
    form: str  # the right answer to the first item, as a browser posts it


class Reply(NamedTuple):
    status: int  # 0 when the line broke
    where: str = ""
    text: str = ""


class Sitters:
    """Hands in one test after the other."""

    def __init__(self, product: Product, many: int):
        self.product = product
        parts = [min(AT_ONCE, many - begun) for begun in range(0, many, AT_ONCE)]
        self.waiting = [Sitter(*each) for part in parts for each in product.python(PREPARE.format(many=part))]
        self.handed_in: list[str] = []
        self.errors = 0

    def post(self, session: str, path: str, body: str = "", seconds: float = 30) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=seconds)
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers.get("Location", ""), answer.read().decode())
        except (OSError, http.client.HTTPException):
            return Reply(0)
        finally:
            connection.close()

    def hand_in(self, sitter: Sitter, seconds: float = 30) -> Reply:
        return self.post(sitter.session, f"/en/quiz/{sitter.attempt}/hand-in/", seconds=seconds)

    def save(self, sitter: Sitter) -> Reply:
        """The second operation on the first item."""
        return self.post(sitter.session, f"/en/quiz/{sitter.attempt}/1/save/", f"{sitter.form}&op=2")

    def hand_in_next(self) -> tuple[int, float]:
        """(status, seconds) of one submission that is sent once."""
        sitter = self.waiting.pop()
        took = Clock()
        status = self.hand_in(sitter).status
        if status == 302:
            self.handed_in.append(sitter.attempt)
        return status, took()

    def hand_in_until_answered(self, alive: tuple[str, ...] = ()) -> None:
        """As a person does: press again when the line broke or the server failed."""
        sitter = self.waiting.pop()
        clock = Clock()
        while clock() < 60:
            reply = self.hand_in(sitter)
            if reply.status == 302:
                assert re.search(rf"/quiz/{sitter.attempt}/result/$", reply.where), reply.where
                self.handed_in.append(sitter.attempt)
                return
            self.errors += 1
            self.product.revive("web", *alive)
        raise AssertionError(f"never answered: {sitter.attempt}")


def stored(product: Product) -> dict[str, tuple[int, int]]:
    """Of each attempt: how often its result is there, and its second operation."""
    return {str(uuid.UUID(key)): (marks, saved) for key, marks, saved in product.rows(STORED)}


def look_for(results: list[str], report: Report, product: Product) -> None:
    """Count into the report which of these results are missing, or there more than once."""
    found = stored(product)
    report.lost += sum(found[attempt][0] < 1 for attempt in results)
    report.doubled += sum(found[attempt][0] > 1 for attempt in results)
