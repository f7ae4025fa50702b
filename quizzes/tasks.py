"""The tests' sweep on the beat."""

from celery import shared_task

from quizzes import attempts


@shared_task(name="quizzes.tasks.sweep")
def sweep() -> None:
    attempts.close_overdue()
