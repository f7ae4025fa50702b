"""The tests' work in the background: closing what is overdue, marking again; the sweep finds what was missed."""

from celery import shared_task

from quizzes import attempts, marking, regrade_work
from quizzes.models.regrades import Regrade


@shared_task(name="quizzes.tasks.regrade")
def regrade(pk: int) -> None:
    if regrade_work.work(pk):
        regrade.delay(pk)


@shared_task(name="quizzes.tasks.sweep")
def sweep() -> None:
    attempts.close_overdue()
    marking.put_back_forgotten()
    for pk in Regrade.objects.due().values_list("pk", flat=True)[:500]:
        regrade.delay(pk)
