"""Celery tasks of courses."""

from celery import shared_task

from courses import notices, progress
from courses.problem_reports import reports


@shared_task(name="courses.tasks.sweep")
def sweep() -> None:
    progress.sweep()


@shared_task(name="courses.tasks.tell")
def tell() -> None:
    notices.tell()
    reports.tell()
