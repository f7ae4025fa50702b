"""Send a request as one person, classify the response, and roll back what it changed."""

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
# All but Wagtail's form of who else has the editor open, whose script sends the token in a header.
POST_FORM = re.compile(rb'<form\b(?![^>]*w-editing-sessions)[^>]*method="post".*?</form>', re.IGNORECASE | re.DOTALL)
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|TRUNCATE|ALTER|CREATE|DROP)\b", re.IGNORECASE)


class Answer(StrEnum):
    """The effect of a response, whatever its status code."""

    OPEN = "open"  # the page, or the redirect after an action
    LOGIN = "login"  # redirected to the sign-in page
    REFUSED = "refused"  # 403, or a redirect with an error message, as Wagtail does
    MISSING = "missing"  # 404
    METHOD = "method"  # 405
    BROKEN = "broken"  # 5xx


@dataclass(frozen=True)
class RequestResult:
    answer: Answer
    status: int
    location: str = ""
    changed_tables: frozenset[str] = field(default_factory=frozenset)
    leaked: frozenset[str] = field(default_factory=frozenset)
    csrf_refused: bool = False  # refused by the CSRF check
    has_broken_form: bool = False  # shows a form that the CSRF check would refuse
    error: str = ""

    def __str__(self) -> str:
        return f"{self.answer} ({self.status}{' to ' + self.location if self.location else ''}){self.error}"


def classify(response: HttpResponse, signed_in: bool) -> Answer:
    """Return the effect of a response."""
    status = response.status_code
    if status in (301, 302, 303, 307, 308):
        location = response.headers["Location"].partition("?")[0]
        if location in (reverse("account_login"), reverse("wagtailadmin_login")):
            if "next=" not in response.headers["Location"]:
                return Answer.OPEN  # the sign-in page was requested, or follows a sign-out
            # For somebody who is signed in it is a refusal.
            return Answer.REFUSED if signed_in else Answer.LOGIN
        reauthentication = location == reverse("account_reauthenticate") and "next=" in response.headers["Location"]
        refused = reauthentication or has_error_message(response)
        return Answer.REFUSED if refused else Answer.OPEN
    if status == 200 and is_empty_bulk_action(response):
        return Answer.REFUSED
    by_status = {403: Answer.REFUSED, 404: Answer.MISSING, 405: Answer.METHOD}
    return by_status.get(status, Answer.BROKEN if status >= 500 else Answer.OPEN)


def has_error_message(response: HttpResponse) -> bool:
    return any(message.level >= constants.ERROR for message in get_messages(response.wsgi_request))


def is_empty_bulk_action(response: HttpResponse) -> bool:
    """Whether this is Wagtail's page before a bulk action that is allowed for none of the chosen objects."""
    context = response.context or {}
    return "items_with_no_access" in context and not context["items"]


class Visitor:
    """One person with a browser. What a request writes is rolled back before the next."""

    def __init__(self, user=None, csrf_checks: bool = False):
        self.user = user
        self.client = Client(enforce_csrf_checks=csrf_checks, raise_request_exception=False)
        if user is not None:
            self.client.force_login(user, backend=BACKEND)
            self.mark_as_just_signed_in()
        self.cookie = self.client.cookies[settings.SESSION_COOKIE_NAME].value if user is not None else ""

    def mark_as_just_signed_in(self) -> None:
        """Record a sign-in with a password, which force_login() does not. Views that ask for reauthentication look for it."""
        session = self.client.session
        at = time.time() + 3600  # a run may take longer than the five minutes for which a password counts
        session["account_authentication_methods"] = [{"method": "password", "at": at, "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(self.user.pk)
        session.save()

    def reset(self) -> None:
        """Restore the session cookie and empty the process cache: the last request may have signed the person out."""
        self.client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: self.cookie} if self.cookie else {})
        process_cache.forget()

    def send(self, method: str, path: str, data: dict | None = None, hidden: tuple[str, ...] = ()) -> RequestResult:
        """Send the request. `hidden` are words that must not appear in the response to this person."""
        self.reset()
        is_watched = method == "GET" or path.startswith(BULK)
        with rolled_back(), changed_tables() if is_watched else nullcontext(set()) as changed:
            response = self.request(method, path, data or {})
            # Read to the end, so that a file response closes its file; close() would also close the database connection.
            content = response.getvalue()
        error = f": {response.exc_info[1]!r}" if getattr(response, "exc_info", None) else ""
        answer = classify(response, self.user is not None)
        if answer == Answer.OPEN and path.startswith(BULK) and method == "POST" and not changed - {"accounts_session"}:
            answer = Answer.REFUSED  # Wagtail redirects back, whether it did anything or not
        # A 404 page repeats the URL that was not found.
        words = [word for word in hidden if word not in path] if method == "GET" else []
        return RequestResult(
            answer,
            response.status_code,
            response.headers.get("Location", ""),
            changed_tables=frozenset(changed),
            leaked=frozenset(word for word in words if word.encode() in content),
            # Our error page, or the one of the API of Wagtail's admin.
            csrf_refused=any(template.name == "403_csrf.html" for template in response.templates)
            or (response.status_code == 403 and b"CSRF" in content),
            has_broken_form=any(b"csrfmiddlewaretoken" not in form for form in POST_FORM.findall(content)),
            error=error,
        )

    def request(self, method: str, path: str, data: dict) -> HttpResponse:
        if method in ("GET", "POST"):
            return getattr(self.client, method.lower())(path, data)
        return self.client.generic(method, path)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def changed_tables() -> Iterator[set[str]]:
    """Yield a set that at the end holds the names of the tables whose rows have changed."""
    before: dict[str, str] = {}
    changed: set[str] = set()

    def watch(execute, sql, params, many, context):
        if WRITES.match(sql) and not before:
            # Only before the first write: most requests write nothing and need no digests.
            before.update(table_digests())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield changed
    if before:
        after = table_digests()
        changed.update(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def table_digests() -> dict[str, str]:
    """Return a digest of every table."""
    digests = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            digests[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return digests
