"""Somebody who answers a test in Chromium, remembers what they chose, and compares what the page says with what is stored."""

from __future__ import annotations

import contextlib
import json
import random
import re
from urllib.parse import parse_qs

from playwright.sync_api import BrowserContext, Error, Page

from tests.faults.experiment import Clock, Report
from tests.support.product import PATIENCE, Product

STORED = """SELECT item.position, response.op, response.payload FROM quizzes_response response
    JOIN quizzes_attemptitem item ON item.id = response.item_id
    WHERE item.attempt_id = %s ORDER BY item.position, response.op"""
SAID = re.compile(r"(\d+) answers? saved(?: · (\d+) on this phone)?\.")


class Answering:
    def __init__(self, product: Product, context: BrowserContext, sitting: dict, count: int):
        self.product, self.context, self.sitting, self.count = product, context, sitting, count
        context.add_cookies([{"name": "sessionid", "value": sitting["session"], "url": product.url}])
        self.given: dict[int, str | None] = {}  # what was chosen last, by position
        self.unsure: set[int] = set()  # where a page went away under the finger: it may have been chosen, or not
        self.acknowledged: set[tuple[int, int, str]] = set()  # (position, op, answer) that the server said yes to
        self.broken: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("response", self._heard)
        return page

    def _heard(self, response) -> None:
        place = re.search(r"/(\d+)/save/$", response.url)
        if place and response.status == 200 and response.request.method == "POST":
            sent = parse_qs(response.request.post_data or "")
            self.acknowledged.add((int(place[1]), int(sent["op"][0]), sent.get("answer", [""])[0]))

    def open(self, position: int, page: Page | None = None) -> Page:
        """Go to an item, as often as it takes while the server is away."""
        page, clock = page or self.page, Clock()
        while clock() < PATIENCE:
            with contextlib.suppress(Error):
                reply = page.goto(f"{self.product.url}/en/quiz/{self.sitting['attempt']}/{position}/", timeout=8000)
                if reply and reply.ok:
                    return page
            page.wait_for_timeout(150)
        raise AssertionError(f"item {position} never came")

    def position(self, page: Page | None = None) -> int:
        """The item the page shows; 0 when it shows none (the line is down, or it is the last page)."""
        with contextlib.suppress(Error):
            return int((page or self.page).evaluate("document.querySelector('form#item')?.dataset.position ?? 0"))
        return 0

    def choose(self, dice: random.Random, page: Page | None = None, but: str = "") -> str:
        """Another option than the one that is chosen, and than this."""
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
            self.given[at] = value
            self.unsure.discard(at)
        return value

    def shows_what_was_given(self) -> bool:
        """Whether the item in view, if any, has what was chosen last: at once, or when the page has asked for itself anew.

        Of a choice of which nobody could say what came of it, the page tells; from now on it is held to that.
        """
        clock = Clock()
        while (at := self.position()) and not self.agrees(at, self.shown()):
            if clock() > 10:
                return False
            self.page.wait_for_timeout(100)
        if at in self.unsure:
            self.given[at] = self.shown()
            self.unsure.discard(at)
        return True

    def agrees(self, at: int, value: str | None) -> bool:
        """Whether this is what was chosen last there, or nobody can say."""
        return at in self.unsure or self.given.get(at) == value

    def shown(self, page: Page | None = None) -> str | None:
        chosen = (page or self.page).locator("form#item input[name=answer]:checked")
        return chosen.get_attribute("value") if chosen.count() else None

    def said(self, page: Page | None = None) -> tuple[int, int]:
        """(saved, on this phone) by the words of the page."""
        words = SAID.search((page or self.page).locator("#saved").inner_text())
        return int(words[1]), int(words[2] or 0)

    def rows(self) -> list[tuple[int, int, str]]:
        rows = self.product.rows(STORED, self.sitting["pk"])
        return [(at, op, payload if self.product.services else json.loads(payload)) for at, op, payload in rows]

    def newest(self) -> dict[int, str]:
        return {at: payload for at, _op, payload in self.rows() if payload}

    def compare(self, report: Report, page: Page | None = None) -> None:
        """Count what the page calls saved and the database does not have. The page first: what is stored only grows."""
        saved, held = self.said(page)
        newest = self.newest()
        report.wrong += saved > len(newest)
        if not held:
            report.lost += sum(not self.agrees(at, newest.get(at)) for at in self.given)

    def wait_until_saved(self, seconds: float = 20, page: Page | None = None) -> float:
        """Until the page holds nothing any more; seconds it took. It tries every five, and gives a dead line ten."""
        clock = Clock()
        while self.said(page)[1]:
            assert clock() < seconds, f"still on this phone after {seconds} s"
            (page or self.page).wait_for_timeout(50)
        return clock()
