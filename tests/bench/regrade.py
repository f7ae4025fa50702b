"""For `make bench`: the time of the preview of a regrade, with ten thousand attempts at the faulty question."""

from __future__ import annotations

from tests.support.product import Product

ATTEMPTS, GOAL = 10_000, 30.0  # seconds

# Rows are inserted directly, since the functions would take an hour. Every third attempt answers the question wrongly.
PREPARE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from courses.models.records import Enrolment
from quizzes.models.records import Attempt, AttemptItem, Mark, Response, AttemptState
model = Attempt.objects.everybody("the bench").filter(state=AttemptState.OPEN).order_by("pk").first()
paper = [(item.position, item.version, item.option_order) for item in model.items.select_related("version").order_by("position")]
keys = [version.question_type.key(version.content["body"]) for _position, version, _order in paper]
now, many = timezone.now(), {many}
people = User.objects.bulk_create(User(email=f"many{{n}}@example.org", name=f"Many {{n}}", country="KE", password="!") for n in range(many))
enrolments = Enrolment.objects.bulk_create(
    Enrolment(learner=user, course_key=model.enrolment.course_key, release=model.enrolment.release) for user in people)
attempts = Attempt.objects.bulk_create(
    Attempt(enrolment=enrolment, quiz_key=model.quiz_key, quiz_title=model.quiz_title, number=1, state=AttemptState.SUBMITTED, started_at=now,
            deadline=now + timedelta(minutes=45), submitted_at=now, minutes=45, pass_percent=80, seed=1) for enrolment in enrolments)
items = AttemptItem.objects.bulk_create(
    [AttemptItem(attempt=attempt, position=position, version=version, option_order=order)
     for attempt in attempts for position, version, order in paper], batch_size=5000)
Response.objects.bulk_create(
    [Response(item=item, op=1, payload=keys[item.position - 1], at=now)
     for number, item in enumerate(items) if item.position > 1 or number // len(paper) % 3], batch_size=5000)
Mark.objects.bulk_create(
    Mark(attempt=attempt, score=len(paper) - (number % 3 == 0), max_score=len(paper), passed=True, at=now) for number, attempt in enumerate(attempts))
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
answer = [paper[0][1].pk, len(items)]
"""
PREVIEW = """
import time
from accounts.models import User
from quizzes.regrades import verbs, worker
from quizzes.models.questions import QuestionVersion
begun, used = time.perf_counter(), time.process_time()
made = verbs.create(QuestionVersion.objects.get(pk={version}), "full", None, "Two answers are right.", User.objects.first())
while worker.work(made.pk):
    pass
made.refresh_from_db()
answer = [time.perf_counter() - begun, time.process_time() - used, made.stage, made.total, verbs.count_changes(made)["up"]]
"""


def preview(product: Product) -> int:
    """Print the time. Return 0 if the goal is met."""
    version, items = product.python(PREPARE.format(many=ATTEMPTS))
    seconds, cpu, stage, total, up = product.python(PREVIEW.format(version=version))
    assert stage == "looked" and total >= ATTEMPTS and up >= ATTEMPTS // 3, (stage, total, up)
    met = seconds <= GOAL
    print(
        f"\nregrade preview of {total} attempts, {items} questions: {seconds:.1f} s, {cpu:.1f} CPU-s; at most {GOAL:.0f} s"
    )
    print("met" if met else "missed: regrade preview")
    return 0 if met else 1
