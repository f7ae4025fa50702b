"""`make bench`: CPU-milliseconds and requests a second over real HTTP on PostgreSQL, as ratios to floors of the same run.

One gunicorn worker, one client, one request at a time; CPU is the worker's own, in nanoseconds of the scheduler (/proc).
Floors and subjects alternate in rounds, so that other load affects both. The median round counts.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from tests.bench_regrade import preview
from tests.support.product import ROOT, Product, wait_for

ROUNDS, REQUESTS, SUBMITS = 7, 60, 12
GOALS = {"lesson": ("page", 2.5), "save": ("upsert", 1.5), "submit of 10": ("upsert", 2.5)}
# A passing submit also completes the course and issues the certificate. It is shown without a goal.
SHOWN = {"submit, certified": "upsert"}

PREPARE = """
import uuid
from accounts.models import User
from allauth.account.models import EmailAddress
from courses import enrolment, progress
from dataclasses import replace
from courses.models.pages import CoursePage, LessonPage
from courses.models.records import CourseRelease
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.sessions import SessionStore
from quizzes import attempts
from quizzes.models.pages import QuizPage
person = User.objects.create_user("bench@example.org", name="Bench", country="KE")
course = CoursePage.objects.get()
quiz = QuizPage.objects.child_of(course).get()
joined = enrolment.join(person, course.translation_key)
steps = [step for step in joined.release.steps if step["kind"] == "lesson"]
for step in steps:
    progress.complete_step(joined, step["key"])
class Short:
    \"\"\"The quiz page with a paper of ten questions.\"\"\"
    def __getattr__(self, name):
        return [replace(cell, count=count) for cell, count in zip(quiz.cells, (4, 3, 3))] if name == "cells" else getattr(quiz, name)
running = []
for number in range(%(running)d):
    person_n = User.objects.create_user(f"bench{number}@example.org", name=f"Bench {number}", country="KE")
    enrolled = enrolment.join(person_n, course.translation_key)
    for step in steps:
        progress.complete_step(enrolled, step["key"])
    attempt = attempts.start(enrolled, Short())
    for item in list(attempt.items.select_related("version"))[: 10 if number %% 2 else 7]:
        attempts.save(attempt, item, 1, item.version.question_type.key(item.version.content["body"]), False)
    running.append((person_n, attempt))
def session(user):
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key
attempt = attempts.start(joined, quiz)
single = next(item for item in attempt.items.select_related("version") if item.version.question_type.name == "single")
lesson = LessonPage.objects.descendant_of(course).first()
answer = {
    "session": session(person), "step": str(uuid.uuid4()), "attempt": str(attempt.uuid), "position": single.position,
    "option": single.version.content["body"]["options"][0]["id"], "lesson": "/en" + lesson.url_path.removeprefix("/home"),
    "running": [[session(user), str(attempt.uuid)] for user, attempt in running],
}
"""
TOKEN = "a-token-of-this-test-0123456789"


class Server:
    """One gunicorn worker of the product, whose CPU time is measured."""

    def __init__(self, product: Product):
        self.product = product
        environment = product.environment | {"DJANGO_SETTINGS_MODULE": "tests.bench_settings", "DB_POOL": "4"}
        command = [str(Path(sys.executable).parent / "gunicorn"), "elearning.wsgi", "--bind", f"127.0.0.1:{product.port}",
                   "--workers", "1", "--threads", "1", "--keep-alive", "60", "--log-level", "warning"]  # fmt: skip
        log = (product.folder / "bench.log").open("ab")
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        product.processes["web"] = process
        wait_for(product.answers)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.pid = int(children[0])

    def cpu(self) -> float:
        """Return the CPU seconds that the worker has used so far."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def measure(self, send, count: int) -> tuple[float, float]:
        """Call send() `count` times. Return (CPU-ms for each request, requests for each second)."""
        used, begun = self.cpu(), time.perf_counter()
        for _ in range(count):
            send()
        return 1000 * (self.cpu() - used) / count, count / (time.perf_counter() - begun)


class Client:
    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(
        self, method: str, path: str, session: str, form: dict | None = None, expect: tuple[int, ...] = (200,)
    ) -> bytes:
        body = urllib.parse.urlencode(form or {}) if method == "POST" else None
        headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Accept-Encoding": "gzip"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status in expect, f"{method} {path}: {answer.status} {content[:300]!r}"
        return content


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder), services=True)
        try:
            product.set_up()
            submits = 2 * ROUNDS * SUBMITS
            facts = product.python(PREPARE % {"running": submits})
            codes = [report(run(Server(product), Client(product.port), facts))]
            product.kill("web")
            codes.append(preview(product))
            return max(codes)
        finally:
            product.stop()


def run(server: Server, client: Client, facts: dict) -> dict[str, list[tuple[float, float]]]:
    """Measure every floor and subject in turn, in rounds."""
    op = iter(range(1, 10_000))
    failing, passing = iter(facts["running"][0::2]), iter(facts["running"][1::2])
    learner_session = facts["session"]

    def save() -> None:
        path = f"/en/quiz/{facts['attempt']}/{facts['position']}/save/"
        client.send("POST", path, learner_session, {"op": next(op), "answer": facts["option"]})

    def submit(running) -> None:
        session, attempt = next(running)
        client.send("POST", f"/en/quiz/{attempt}/hand-in/", session, {}, (302,))

    todo = {
        "page": (lambda: client.send("GET", "/floor/page/", learner_session), REQUESTS),
        "lesson": (lambda: client.send("GET", facts["lesson"], learner_session), REQUESTS),
        "upsert": (
            lambda: client.send("POST", "/floor/upsert/", learner_session, {"step": facts["step"]}, (204,)),
            REQUESTS,
        ),
        "save": (save, REQUESTS),
        "submit of 10": (lambda: submit(failing), SUBMITS),
        "submit, certified": (lambda: submit(passing), SUBMITS),
    }
    for name, (send, _count) in todo.items():
        if not name.startswith("submit"):
            for _ in range(10):
                send()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in todo}
    for number in range(ROUNDS):
        for name, (send, count) in todo.items():
            taken[name].append(server.measure(send, count))
        print(f"round {number + 1} of {ROUNDS}", flush=True)
    return taken


def report(taken: dict[str, list[tuple[float, float]]]) -> int:
    """Print the table. Return 0 if every goal is met."""
    cpu = {name: statistics.median(pair[0] for pair in pairs) for name, pairs in taken.items()}
    rate = {name: statistics.median(pair[1] for pair in pairs) for name, pairs in taken.items()}
    print(f"\n{'':18}{'CPU-ms':>8}{'req/s':>8}{'ratio':>8}{'at most':>16}")
    missed = []
    for name in taken:
        floor, goal = GOALS.get(name, (SHOWN.get(name, ""), 0.0))
        ratio = cpu[name] / cpu[floor] if floor else 1.0
        bound = f"{goal} x {floor}" if goal else f"beside {floor}" if floor else "floor"
        print(f"{name:18}{cpu[name]:8.2f}{rate[name]:8.0f}{ratio:8.2f}{bound:>16}")
        if goal and ratio > goal:
            missed.append(name)
    print("met" if not missed else f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
