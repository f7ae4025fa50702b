"""Take a test with a faulty question, propose a correction as Kofi, apply and revert it as Grace, and run the worker."""

from django.utils import timezone

from accounts.models import User
from accounts.outbox import OutboxState
from quizzes import attempts
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt
from quizzes.models.regrades import Regrade
from quizzes.regrades import verbs, worker
from tests.quizzes.factories import enrol


def option(version: QuestionVersion, text: str) -> str:
    return next(row["id"] for row in version.content["body"]["options"] if row["text"] == text)


def hand_in(who, test, choose: str, second: str = "false") -> Attempt:
    """Hand in an attempt with this option of the first question."""
    attempt = attempts.start(enrol(who, test), test)
    first, last = attempt.items.select_related("version").order_by("position")
    attempts.save(attempt, first, 1, option(first.version, choose), False)
    attempts.save(attempt, last, 1, second, False)
    attempts.submit(attempt)
    return attempt


def until_done(regrade: Regrade) -> Regrade:
    """Run the worker until the regrade is done. The second pass is made due at once."""
    for _ in range(20):
        regrade.refresh_from_db()
        if regrade.state == OutboxState.DONE:
            return regrade
        Regrade.objects.filter(pk=regrade.pk).update(due_at=timezone.now(), claimed_until=timezone.now())
        worker.work(regrade.pk)
    raise AssertionError(f"not done: {regrade.stage} {regrade.last_error}")


def previewed(version, choice, by, answer=None) -> Regrade:
    return until_done(verbs.create(version, choice, answer, "Aspirin was meant as well.", by))


def reviewer() -> User:
    """Grace, the second person."""
    return User.objects.get(email="grace@example.org")


def apply(regrade: Regrade) -> bool:
    return verbs.apply(regrade, reviewer())


def revert(regrade: Regrade) -> bool:
    return verbs.revert(regrade, reviewer(), "Aspirin is wrong after all.")


def applied(version, choice, by, answer=None) -> Regrade:
    regrade = previewed(version, choice, by, answer)
    assert apply(regrade)
    return until_done(regrade)


def reverted(regrade: Regrade) -> Regrade:
    assert revert(regrade)
    return until_done(regrade)


def scores(attempts_made) -> list[tuple[int, bool]]:
    return [(int(mark.score), mark.passed) for mark in (attempt.marks.latest("number") for attempt in attempts_made)]
