"""Send reports as a person does, through the form, or directly."""

from __future__ import annotations

import uuid

from django.urls import reverse

from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports
from courses.problem_reports.reports import Subject

SITE = Subject("page", "The whole site")


def address(page: str = "") -> str:
    return reverse("report_problem") + (f"?page={page}" if page else "")


def fields(response, **changes) -> dict:
    """What a browser sends from the form of this response."""
    form = response.context["form"]
    hidden = {name: str(form[name].value()) for name in ("reporter", "form_id")}
    return {**hidden, "kind": "wrong", "text": "The dose is wrong.", **changes}


def send(client, page: str = "", **changes):
    """Open the form for this page, fill it in and send it."""
    form = fields(client.get(address(page)), **changes)
    return client.post(address(page), form)


def stored(reporter, subject: Subject = SITE, could_harm: bool = False) -> ProblemReport:
    return reports.report(reporter, subject, uuid.uuid4(), "wrong", "The dose is wrong.", could_harm)
