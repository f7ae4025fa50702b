"""Inside a product: people at a running test, made quickly, some of it answered. For Product.python()."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.models import User
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt, Response
from tests.quizzes.factories import course_with_test, enrol


def gather(
    many: int, kinds: list[str], given=lambda number: 0, seconds_left: float = 3600, password: str | None = None
) -> list[dict]:
    """As many people, each with a session and a sitting; number n has answered the first given(n) items rightly."""
    secret = make_password(password)  # once: making one is meant to be slow
    page = QuizPage.objects.first() or course_with_test(kinds)
    begun = User.objects.filter(email__startswith="sitter").count()
    return [_sit(number, page, given(number), seconds_left, secret) for number in range(begun, begun + many)]


def _sit(number: int, page: QuizPage, given: int, seconds_left: float, secret: str) -> dict:
    email, name = f"sitter{number}@example.org", f"Sitter {number} of Kenya"
    learner = User.objects.create(email=email, name=name, country="KE", password=secret)
    EmailAddress.objects.create(user=learner, email=email, verified=True, primary=True)
    attempt = attempts.start(enrol(learner, page), page)
    items = list(attempt.items.select_related("version"))
    # Not save(): one row each, and the experiments that follow ask a lot of it themselves.
    Response.objects.bulk_create(
        Response(
            item=item, op=1, payload=item.version.question_type.key(item.version.content["body"]), at=timezone.now()
        )
        for item in items[:given]
    )
    if seconds_left != 3600:
        ends = timezone.now() + timedelta(seconds=seconds_left)
        Attempt.objects.filter(pk=attempt.pk).update(deadline=ends, started_at=ends - timedelta(minutes=45))
    options = [option["id"] for option in items[-1].version.content["body"].get("options", [])]
    return {
        "email": email,
        "session": session(learner),
        "pk": attempt.pk,
        "attempt": str(attempt.uuid),
        "given": given,
        "last": {"position": len(items), "options": options},
    }


def session(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key
