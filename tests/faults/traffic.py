"""Create people with a running attempt that is partly answered, inside a product. For Product.python()."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from accounts.sessions import SessionStore
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt, Response
from tests.quizzes.factories import course_with_test, enrol


def create_candidates(
    many: int, kinds: list[str], answered=lambda number: 0, seconds_left: float = 3600, password: str | None = None
) -> list[dict]:
    """Create people, each with a session and an attempt. Number n has answered the first answered(n) questions correctly."""
    secret = make_password(password)  # once: hashing is slow on purpose
    page = QuizPage.objects.first() or course_with_test(kinds)
    begun = User.objects.filter(email__startswith="candidate").count()
    return [
        _create_candidate(number, page, answered(number), seconds_left, secret) for number in range(begun, begun + many)
    ]


def _create_candidate(number: int, page: QuizPage, answered: int, seconds_left: float, secret: str) -> dict:
    email, name = f"candidate{number}@example.org", f"Candidate {number} of Kenya"
    learner = User.objects.create(email=email, name=name, country="KE", password=secret)
    EmailAddress.objects.create(user=learner, email=email, verified=True, primary=True)
    attempt = attempts.start(enrol(learner, page), page)
    items = list(attempt.items.select_related("version"))
    # Not attempts.save(): that is one query each, and this only sets the scene.
    Response.objects.bulk_create(
        Response(
            item=item, op=1, payload=item.version.question_type.key(item.version.content["body"]), at=timezone.now()
        )
        for item in items[:answered]
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
        "answered": answered,
        "last": {"position": len(items), "options": options},
    }


def session(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key
