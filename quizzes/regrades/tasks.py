"""Background work on regrades. Celery finds this module because elearning/celery.py names the package."""

from celery import shared_task

from quizzes.regrades import worker


@shared_task(name="quizzes.regrades.tasks.regrade")
def regrade(pk: int) -> None:
    """Work on one slice of a regrade; queue the next one if something is left."""
    if worker.work(pk):
        regrade.delay(pk)
