"""Many people who submit their attempts within seconds of each other and save answers until then."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from tests.faults.experiment import Clock
from tests.support.product import Product

TOKEN = "a-token-of-this-test-0123456789"
SAVES_EVERY = 5.0


@dataclass
class SubmittingPerson:
    product: Product
    candidate: dict
    dice: random.Random
    errors: list[str] = field(default_factory=list)
    acknowledged: dict[int, str] = field(default_factory=dict)  # the answer to the last item by operation
    save_took: list[float] = field(default_factory=list)
    submit_took: float = 0.0

    def post(self, path: str, form: dict, expected: int) -> tuple[float, bytes]:
        """Send one request on a new connection. Return (seconds, content)."""
        headers = {
            "Cookie": f"sessionid={self.candidate['session']}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection, took = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=60), Clock()
        try:
            connection.request(
                "POST", f"/en/quiz/{self.candidate['attempt']}/{path}/", urllib.parse.urlencode(form), headers
            )
            reply = connection.getresponse()
            content = reply.read()
            if reply.status != expected:
                self.errors.append(f"{path}: {reply.status}")
            return took(), content
        except (OSError, http.client.HTTPException) as error:
            self.errors.append(f"{path}: {error!r}")
            return took(), b""
        finally:
            connection.close()

    def save(self) -> None:
        last, op = self.candidate["last"], 2 + len(self.acknowledged)
        option = self.dice.choice(last["options"])
        took, content = self.post(f"{last['position']}/save", {"op": op, "answer": option}, 200)
        self.save_took.append(took)
        if content and json.loads(content).get("latest") == op:
            self.acknowledged[op] = option

    def take_test(self, clock: Clock, seconds: float) -> None:
        """Save every five seconds, and submit at a random time."""
        end, moment = self.dice.uniform(0, seconds), self.dice.uniform(0, SAVES_EVERY)
        while moment < end:
            time.sleep(max(0.0, moment - clock()))
            self.save()
            moment += SAVES_EVERY
        time.sleep(max(0.0, end - clock()))
        self.submit_took, _content = self.post("hand-in", {}, 302)


def stampede(people: list[SubmittingPerson], seconds: float) -> None:
    clock = Clock()
    threads = [threading.Thread(target=person.take_test, args=(clock, seconds)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
