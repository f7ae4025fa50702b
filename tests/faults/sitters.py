"""People with a test that is answered and waits to be handed in, over real HTTP."""

from __future__ import annotations

import http.client
import re

from tests.faults.experiment import Clock
from tests.live import Product

PREPARE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
from courses import enrolment
from courses.models.pages import CoursePage
from courses.models.records import Completion
from django.utils import timezone
from quizzes import attempts
from quizzes.models.pages import QuizPage
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
    for item in attempt.items.select_related("version"):
        attempts.save(attempt, item, 1, item.version.kind.key(item.version.content["body"]), False)
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    answer.append([store.session_key, str(attempt.uuid)])
"""
TOKEN = "x" * 32


class Sitters:
    """Hands in one test after the other."""

    def __init__(self, product: Product, many: int):
        self.product = product
        self.waiting: list[tuple[str, str]] = [tuple(each) for each in product.python(PREPARE.format(many=many))]
        self.handed_in: list[str] = []
        self.errors = 0

    def hand_in(self, session: str, attempt: str) -> tuple[int, str]:
        """(status, where it leads); (0, "") when the line broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=30)
        headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        try:
            connection.request("POST", f"/en/quiz/{attempt}/hand-in/", "", headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def hand_in_next(self) -> tuple[int, float]:
        """(status, seconds) of one submission that is sent once."""
        session, attempt = self.waiting.pop()
        took = Clock()
        status, _ = self.hand_in(session, attempt)
        if status == 302:
            self.handed_in.append(attempt)
        return status, took()

    def hand_in_until_answered(self, alive: tuple[str, ...] = ()) -> None:
        """As a person does: press again when the line broke or the server failed."""
        session, attempt = self.waiting.pop()
        clock = Clock()
        while clock() < 60:
            status, where = self.hand_in(session, attempt)
            if status == 302:
                assert re.search(rf"/quiz/{attempt}/result/$", where), where
                self.handed_in.append(attempt)
                return
            self.errors += 1
            self.product.revive("web", *alive)
        raise AssertionError(f"never answered: {attempt}")
