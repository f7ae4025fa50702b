"""Background work on tests: close overdue attempts, free forgotten scripts."""

from celery import shared_task

from quizzes import attempts, manual_marking


@shared_task(name="quizzes.tasks.sweep")
def sweep() -> None:
    attempts.close_overdue()
    manual_marking.put_back_forgotten()
