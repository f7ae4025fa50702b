"""Background work on tests: close overdue attempts, put back forgotten texts, mark again."""

from celery import shared_task

from quizzes import attempts, marking, regrade_work


@shared_task(name="quizzes.tasks.regrade")
def regrade(pk: int) -> None:
    if regrade_work.work(pk):
        regrade.delay(pk)


@shared_task(name="quizzes.tasks.sweep")
def sweep() -> None:
    attempts.close_overdue()
    marking.put_back_forgotten()
