"""One client of the bench, with sessions that were made beforehand."""

from __future__ import annotations

import http.client
import urllib.parse
from typing import NamedTuple

from tests.bench.statements import HEADER

TOKEN = "x" * 32


class Answer(NamedTuple):
    """An answer as it was sent. The body may be compressed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def statements(self) -> int | None:
        """How many SQL statements it took; None when the server does not say so."""
        return int(self.headers[HEADER]) if HEADER in self.headers else None


class Client:
    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def get(self, path: str, session: str = "", expect: tuple[int, ...] = (200,)) -> Answer:
        return self._read(path, self.open("GET", path, session), expect)

    def post(self, path: str, session: str, form: dict | str, expect: tuple[int, ...] = (200,)) -> Answer:
        return self._read(path, self.open("POST", path, session, form), expect)

    def open(self, method: str, path: str, session: str, form: dict | str | None = None) -> http.client.HTTPResponse:
        """Return the response as soon as its headers are there."""
        headers = {"Accept-Encoding": "gzip"}
        if session:
            headers |= {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode(form) if isinstance(form, dict) else form
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Connect anew for the next request, as a browser does after a pause in which the server has hung up."""
        self.connection.close()

    def _read(self, path: str, response: http.client.HTTPResponse, expect: tuple[int, ...]) -> Answer:
        answer = Answer(response.status, response.headers, response.read())
        assert answer.status in expect, f"{path}: {answer.status} {answer.body[:300]!r}"
        return answer
