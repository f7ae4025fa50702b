"""Knock on a door as somebody, see what the answer really is, and leave nothing behind."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookies import SimpleCookie

from django.conf import settings
from django.contrib.messages import constants, get_messages
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import process_cache

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BULK = "/admin/bulk/"
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|TRUNCATE|ALTER|CREATE|DROP)\b", re.IGNORECASE)


class Answer(StrEnum):
    """What becomes of a request, whatever status number says it."""

    OPEN = "open"  # let in: the page, or the redirect after what was asked for
    LOGIN = "login"  # sent to the sign-in page
    REFUSED = "refused"  # told that one may not: 403, or a redirect with an error, as Wagtail does
    MISSING = "missing"  # 404
    METHOD = "method"  # 405
    BROKEN = "broken"  # 5xx


@dataclass(frozen=True)
class Knock:
    answer: Answer
    status: int
    to: str = ""
    wrote: frozenset[str] = field(default_factory=frozenset)
    leaked: frozenset[str] = field(default_factory=frozenset)
    forged: bool = False  # refused because the form came from elsewhere
    error: str = ""

    def __str__(self) -> str:
        return f"{self.answer} ({self.status}{' to ' + self.to if self.to else ''}){self.error}"


def what_it_is(response: HttpResponse, signed_in: bool) -> Answer:
    """The final effect of a response."""
    status = response.status_code
    if status in (301, 302, 303, 307, 308):
        to = response.headers["Location"].partition("?")[0]
        if to in (reverse("account_login"), reverse("wagtailadmin_login")):
            if "next=" not in response.headers["Location"]:
                return Answer.OPEN  # it was asked for, or follows from signing out
            # Somebody signed in gains nothing there: they are turned away.
            return Answer.REFUSED if signed_in else Answer.LOGIN
        asked_again = to == reverse("account_reauthenticate") and "next=" in response.headers["Location"]
        refused = asked_again or told_an_error(response)
        return Answer.REFUSED if refused else Answer.OPEN
    if status == 200 and nothing_to_do(response):
        return Answer.REFUSED
    named = {403: Answer.REFUSED, 404: Answer.MISSING, 405: Answer.METHOD}
    return named.get(status, Answer.BROKEN if status >= 500 else Answer.OPEN)


def told_an_error(response: HttpResponse) -> bool:
    return any(message.level >= constants.ERROR for message in get_messages(response.wsgi_request))


def nothing_to_do(response: HttpResponse) -> bool:
    """Wagtail's page before a bulk action that says one may not do it to any of the things chosen."""
    context = response.context or {}
    return "items_with_no_access" in context and not context["items"]


class Visitor:
    """Somebody with a browser. What a visit writes is taken back before the next."""

    def __init__(self, user=None, csrf_checks: bool = False):
        self.user = user
        self.client = Client(enforce_csrf_checks=csrf_checks, raise_request_exception=False)
        if user is not None:
            self.client.force_login(user, backend=BACKEND)
            self.has_just_signed_in()
        self.cookie = self.client.cookies[settings.SESSION_COOKIE_NAME].value if user is not None else ""

    def has_just_signed_in(self) -> None:
        """With a password, as what asks for it once more wants to see; force_login() leaves no such record."""
        session = self.client.session
        soon = time.time() + 3600  # a walk may last longer than the five minutes for which a password counts
        session["account_authentication_methods"] = [{"method": "password", "at": soon, "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(self.user.pk)
        session.save()

    def begin(self) -> None:
        """As before the last visit, which may have signed them out: nothing it made and took back is remembered."""
        self.client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: self.cookie} if self.cookie else {})
        process_cache.forget()

    def knock(self, method: str, path: str, data: dict | None = None, hidden: tuple[str, ...] = ()) -> Knock:
        """`hidden` are words that this person must not meet behind this door."""
        self.begin()
        watched = method == "GET" or path.startswith(BULK)
        with taken_back(), written() if watched else nullcontext(set()) as wrote:
            response = self.request(method, path, data or {})
            # Read to its end, so that what sends a file closes it; close() would take the connection of the walk with it.
            content = response.getvalue()
        error = f": {response.exc_info[1]!r}" if getattr(response, "exc_info", None) else ""
        answer = what_it_is(response, self.user is not None)
        if answer == Answer.OPEN and path.startswith(BULK) and method == "POST" and not wrote - {"django_session"}:
            answer = Answer.REFUSED  # Wagtail goes back to where one came from, whether it did anything or not
        # A page that is missing says which address it has not found.
        looked_for = [word for word in hidden if word not in path] if method == "GET" else []
        return Knock(
            answer,
            response.status_code,
            response.headers.get("Location", ""),
            wrote=frozenset(wrote),
            leaked=frozenset(word for word in looked_for if word.encode() in content),
            # Our page says so, and so does the API of Wagtail's admin in its own words.
            forged=any(template.name == "403_csrf.html" for template in response.templates)
            or (response.status_code == 403 and b"CSRF" in content),
            error=error,
        )

    def request(self, method: str, path: str, data: dict) -> HttpResponse:
        if method in ("GET", "POST"):
            return getattr(self.client, method.lower())(path, data)
        return self.client.generic(method, path)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables whose rows are others afterwards."""
    before: dict[str, str] = {}
    changed: set[str] = set()

    def watch(execute, sql, params, many, context):
        if WRITES.match(sql) and not before:
            # Asked before the first write only: most requests write nothing, and pay nothing.
            before.update(fingerprints())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield changed
    if before:
        after = fingerprints()
        changed.update(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def fingerprints() -> dict[str, str]:
    """A digest of every table."""
    prints = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            prints[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return prints
