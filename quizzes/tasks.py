"""Background work on tests: close overdue attempts, free forgotten scripts, work on regrades."""

from celery import shared_task

from quizzes import attempts, manual_marking
from quizzes.regrades import worker


@shared_task(name="quizzes.tasks.regrade")
def regrade(pk: int) -> None:
    if worker.work(pk):
        regrade.delay(pk)


@shared_task(name="quizzes.tasks.sweep")
def sweep() -> None:
    attempts.close_overdue()
    manual_marking.put_back_forgotten()
