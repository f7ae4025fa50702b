"""Celery tasks of courses."""

from celery import shared_task

from courses import progress


@shared_task(name="courses.tasks.sweep")
def sweep() -> None:
    progress.sweep()
