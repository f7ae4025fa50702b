"""What `make bench` measures: the floors, the pages and forms, and the bounds of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.bench.client import Answer, Client
from tests.bench.server import Server

ROUNDS = 7
REQUESTS, RESULTS, SUBMITS = 60, 20, 12  # of one subject in one round
LESSON_BYTES = 9000  # as sent, without headers


class Bound(NamedTuple):
    """How many times the CPU of its floor a subject may take: above the gate the bench fails, the goal is better."""

    subject: str
    floor: str
    goal: float
    gate: float


BOUNDS = [
    Bound("lesson", "page", 1.6, 1.75),
    Bound("lesson", "bare", 3.0, 3.0),
    Bound("course page", "page", 1.7, 1.7),
    Bound("My learning", "page", 1.8, 1.8),
    Bound("home", "page", 1.1, 1.1),
    Bound("catalogue", "page", 1.1, 1.1),
    Bound("item page", "page", 1.9, 1.9),
    Bound("result of 10", "page", 4.5, 4.5),
    Bound("save", "upsert", 1.25, 1.4),
    Bound("submit of 10", "upsert", 1.9, 1.9),
    Bound("submit, certified", "upsert", 3.2, 3.2),
]


class Subject(NamedTuple):
    name: str
    server: Server
    send: Callable[[], Answer]
    requests: int = REQUESTS
    may_warm_up: bool = True  # what is handed in cannot be handed in again


def subjects(server: Server, bare: Server, facts: dict[str, Any]) -> list[Subject]:
    """Everything that is measured, in order. `facts` are those of tests.bench.prepare.speed()."""
    client, bare_client, learner = Client(server.port), Client(bare.port), facts["session"]
    failed_session, failed_attempt = facts["failed"]
    item = f"/en/quiz/{facts['attempt']}/{facts['position']}/"
    op = iter(range(1, 10_000))

    def page(name: str, path: str, session: str = learner, requests: int = REQUESTS) -> Subject:
        return Subject(name, server, lambda: client.get(path, session), requests)

    def upsert() -> Answer:
        return client.post("/floor/upsert/", learner, {"step": facts["step"]}, (204,))

    def save() -> Answer:
        return client.post(f"{item}save/", learner, {"op": next(op), "answer": facts["option"]})

    def submit(name: str, running: Iterator) -> Subject:
        def send() -> Answer:
            session, attempt = next(running)
            return client.post(f"/en/quiz/{attempt}/hand-in/", session, {}, (302,))

        return Subject(name, server, send, SUBMITS, may_warm_up=False)

    return [
        Subject("bare", bare, lambda: bare_client.get("/", learner)),
        page("page", "/floor/page/"),
        page("lesson", facts["lesson"]),
        page("course page", facts["course"]),
        page("My learning", "/en/learning/"),
        page("home", "/en/", ""),
        page("catalogue", "/en/courses/", ""),
        page("item page", item),
        page("result of 10", f"/en/quiz/{failed_attempt}/result/", failed_session, RESULTS),
        Subject("upsert", server, upsert),
        Subject("save", server, save),
        submit("submit of 10", iter(facts["failing"])),
        submit("submit, certified", iter(facts["passing"])),
    ]
