"""People with an answered attempt, which they submit over real HTTP."""

from __future__ import annotations

import http.client
import re
import uuid
from typing import NamedTuple

from tests.faults.experiment import Clock, Report
from tests.support.product import Product

PREPARE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.sessions import SessionStore
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
begun = User.objects.filter(email__startswith="candidate").count()
answer = []
for number in range(begun, begun + {many}):
    person = User.objects.create_user(f"candidate{{number}}@example.org", name=f"Candidate {{number}} of Kenya", country="KE")
    joined = enrolment.join(person, course.translation_key)
    lessons = [step["key"] for step in joined.release.steps if step["kind"] == "lesson"]
    Completion.objects.bulk_create(Completion(enrolment=joined, step_key=key, completed_at=timezone.now()) for key in lessons)
    attempt = attempts.start(joined, quiz)
    for item in attempt.items.select_related("version").order_by("-position"):
        payload = item.version.question_type.key(item.version.content["body"])
        # Not attempts.save(), which takes a case step by step. This is the answer to all steps.
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
TOKEN = "a-token-of-this-test-0123456789"
BATCH_SIZE = 200  # created by one command, which has a limit of five minutes


class Candidate(NamedTuple):
    session: str
    attempt: str
    form: str  # the right answer to the first question, as a browser posts it


class Reply(NamedTuple):
    status: int  # 0 when the connection broke
    location: str = ""
    text: str = ""


class Candidates:
    """Submits one attempt after the other."""

    def __init__(self, product: Product, many: int):
        self.product = product
        parts = [min(BATCH_SIZE, many - begun) for begun in range(0, many, BATCH_SIZE)]
        self.waiting = [Candidate(*row) for part in parts for row in product.python(PREPARE.format(many=part))]
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

    def hand_in(self, candidate: Candidate, seconds: float = 30) -> Reply:
        return self.post(candidate.session, f"/en/quiz/{candidate.attempt}/hand-in/", seconds=seconds)

    def save(self, candidate: Candidate) -> Reply:
        """Save the second operation on the first question."""
        return self.post(candidate.session, f"/en/quiz/{candidate.attempt}/1/save/", f"{candidate.form}&op=2")

    def hand_in_next(self) -> tuple[int, float]:
        """Submit the next attempt once. Return (status, seconds)."""
        candidate = self.waiting.pop()
        took = Clock()
        status = self.hand_in(candidate).status
        if status == 302:
            self.handed_in.append(candidate.attempt)
        return status, took()

    def hand_in_until_answered(self, alive: tuple[str, ...] = ()) -> None:
        """Submit the next attempt, and retry after a broken connection or a server error, as people do."""
        candidate = self.waiting.pop()
        clock = Clock()
        while clock() < 60:
            reply = self.hand_in(candidate)
            if reply.status == 302:
                assert re.search(rf"/quiz/{candidate.attempt}/result/$", reply.location), reply.location
                self.handed_in.append(candidate.attempt)
                return
            self.errors += 1
            self.product.revive("web", *alive)
        raise AssertionError(f"never answered: {candidate.attempt}")


def stored(product: Product) -> dict[str, tuple[int, int]]:
    """Return for each attempt how many marks and how many second operations are stored."""
    return {str(uuid.UUID(key)): (marks, saved) for key, marks, saved in product.rows(STORED)}


def count_lost(results: list[str], report: Report, product: Product) -> None:
    """Add to the report which of these results are missing or stored more than once."""
    rows = stored(product)
    report.lost += sum(rows[attempt][0] < 1 for attempt in results)
    report.doubled += sum(rows[attempt][0] > 1 for attempt in results)
