"""A person who answers a test in Chromium. Their choices are compared with the page and with the database."""

from __future__ import annotations

import contextlib
import json
import random
import re
from urllib.parse import parse_qs

from playwright.sync_api import BrowserContext, Error, Page

from tests.faults.experiment import Clock, Report
from tests.support.product import TIMEOUT, Product

STORED = """SELECT item.position, response.op, response.payload FROM quizzes_response response
    JOIN quizzes_attemptitem item ON item.id = response.item_id
    WHERE item.attempt_id = %s ORDER BY item.position, response.op"""
SAVED_TEXT = re.compile(r"(\d+) answers? saved(?: · (\d+) on this device)?\.")


class AnsweringBrowser:
    def __init__(self, product: Product, context: BrowserContext, candidate: dict, count: int):
        self.product, self.context, self.candidate, self.count = product, context, candidate, count
        context.add_cookies([{"name": "sessionid", "value": candidate["session"], "url": product.url}])
        self.chosen: dict[int, str | None] = {}  # the last choice, by position
        self.unsure: set[int] = set()  # positions where the page closed during the choice, so it may count or not
        self.acknowledged: set[tuple[int, int, str]] = set()  # (position, op, answer) that the server has acknowledged
        self.broken: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("response", self._record_acknowledgement)
        return page

    def _record_acknowledgement(self, response) -> None:
        place = re.search(r"/(\d+)/save/$", response.url)
        if place and response.status == 200 and response.request.method == "POST":
            sent = parse_qs(response.request.post_data or "")
            self.acknowledged.add((int(place[1]), int(sent["op"][0]), sent.get("answer", [""])[0]))

    def open(self, position: int, page: Page | None = None) -> Page:
        """Open a question, and retry while the server is down."""
        page, clock = page or self.page, Clock()
        while clock() < TIMEOUT:
            with contextlib.suppress(Error):
                reply = page.goto(f"{self.product.url}/en/quiz/{self.candidate['attempt']}/{position}/", timeout=8000)
                if reply and reply.ok:
                    return page
            page.wait_for_timeout(150)
        raise AssertionError(f"question {position} did not load")

    def position(self, page: Page | None = None) -> int:
        """Return the position of the question on the page; 0 without one (no connection, or the last page)."""
        with contextlib.suppress(Error):
            return int((page or self.page).evaluate("document.querySelector('form#item')?.dataset.position ?? 0"))
        return 0

    def choose(self, dice: random.Random, page: Page | None = None, but: str = "") -> str:
        """Choose an option that is not chosen yet, except `but`. Return it."""
        page = page or self.page
        at = self.position(page)
        self.unsure.add(at)
        options = page.locator(f"form#item input[name=answer]:not(:checked):not([value='{but}'])").all()
        if not options:
            raise Error("the page went away")
        option = dice.choice(options)
        value = option.get_attribute("value")
        option.check()
        if self.position(page) == at:
            self.chosen[at] = value
            self.unsure.discard(at)
        return value

    def shows_last_choice(self) -> bool:
        """Return whether the question on the page, if any, shows the last choice, at the latest after a reload.

        For an unsure choice, the page decides; from then on it counts as the last choice.
        """
        clock = Clock()
        while (at := self.position()) and not self.agrees(at, self.shown()):
            if clock() > 10:
                return False
            self.page.wait_for_timeout(100)
        if at in self.unsure:
            self.chosen[at] = self.shown()
            self.unsure.discard(at)
        return True

    def agrees(self, at: int, value: str | None) -> bool:
        """Return whether this is the last choice at this position, or the last choice is unsure."""
        return at in self.unsure or self.chosen.get(at) == value

    def shown(self, page: Page | None = None) -> str | None:
        chosen = (page or self.page).locator("form#item input[name=answer]:checked")
        return chosen.get_attribute("value") if chosen.count() else None

    def saved_counts(self, page: Page | None = None) -> tuple[int, int]:
        """Return (saved, on this device) as the page says."""
        words = SAVED_TEXT.search((page or self.page).locator("#saved").inner_text())
        return int(words[1]), int(words[2] or 0)

    def rows(self) -> list[tuple[int, int, str]]:
        rows = self.product.rows(STORED, self.candidate["pk"])
        return [(at, op, payload if self.product.services else json.loads(payload)) for at, op, payload in rows]

    def newest(self) -> dict[int, str]:
        return {at: payload for at, _op, payload in self.rows() if payload}

    def compare(self, report: Report, page: Page | None = None) -> None:
        """Add to the report what the page calls saved but the database lacks. Read the page first, since rows only increase."""
        saved, held = self.saved_counts(page)
        newest = self.newest()
        report.wrong += saved > len(newest)
        if not held:
            report.lost += sum(not self.agrees(at, newest.get(at)) for at in self.chosen)

    def wait_until_saved(self, seconds: float = 20, page: Page | None = None) -> float:
        """Wait until the page holds no unsent answer. Return the seconds. It retries every 5 s, and times out after 10 s."""
        clock = Clock()
        while self.saved_counts(page)[1]:
            assert clock() < seconds, f"still on this device after {seconds} s"
            (page or self.page).wait_for_timeout(50)
        return clock()
