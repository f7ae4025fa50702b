"""Report a problem, answer it, withdraw it, and email those who answer. Decision 78."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import Role, User
from accounts.ratelimit import limiter
from accounts.ratelimit.limits import PROBLEM_REPORTS
from accounts.roles import holders
from courses.models.problem_reports import ProblemReport
from courses.outline import pages_by_key

LONGEST = 2000  # characters of a report or an answer
BETWEEN_EMAILS = timedelta(hours=1)  # to the trainers, about one course
BETWEEN_WARNINGS = timedelta(minutes=10)  # when one of the reports says that something could harm a patient


@dataclass(frozen=True)
class Subject:
    """What a report is about, as the server knows it. `title` names it for the person and for the trainers."""

    about: str
    title: str
    path: str = ""
    key: uuid.UUID | None = None
    course_key: uuid.UUID | None = None
    language: str = "en"
    details: dict[str, Any] = field(default_factory=dict)


def report(
    reporter: User, subject: Subject, form_id: uuid.UUID, kind: str, text: str, could_harm: bool
) -> ProblemReport:
    """Store a report. The same form sent twice is one report. Raises limiter.TooOften; then nothing is stored."""
    key = uuid.uuid5(reporter.uuid, str(form_id))  # so that nobody can take the identifier of somebody else's report
    reports = ProblemReport.objects.of(reporter)
    sent = reports.filter(uuid=key).first()
    if sent:
        return sent
    limiter.take(PROBLEM_REPORTS, str(reporter.pk))
    stored, _created = reports.get_or_create(
        uuid=key,
        defaults={
            "reporter": reporter,
            "about": subject.about,
            "key": subject.key,
            "title": subject.title[:300],
            "path": subject.path,
            "course_key": subject.course_key,
            "language": subject.language,
            "details": subject.details,
            "kind": kind,
            "text": text,
            "could_harm": could_harm,
        },
    )
    return stored


def withdraw(problem: ProblemReport) -> bool:
    """Withdraw a report and drop what it said and what was answered. False when it was withdrawn before."""
    reports = ProblemReport.objects.this(problem).exclude(state=ProblemReport.State.WITHDRAWN)
    return bool(reports.update(state=ProblemReport.State.WITHDRAWN, text="", answer=""))


def answer(problem: ProblemReport, text: str, by: User) -> bool:
    """Answer an open report, and email its reporter. False when somebody has answered or withdrawn it meanwhile."""
    with transaction.atomic():
        values = {"state": ProblemReport.State.ANSWERED, "answer": text, "answered_at": timezone.now()}
        if not ProblemReport.objects.this(problem).open().update(**values):
            return False
        trail.record(Verb.PROBLEM_ANSWERED, by, problem)
        problem.refresh_from_db()
        if problem.reporter and problem.reporter.is_active:
            key = f"problem-answered:{problem.uuid}"
            outgoing.send(
                "problem_answered", problem.reporter.email, {"problem": problem}, key=key, user=problem.reporter
            )
    return True


def forget(reporter: User) -> None:
    """Keep what the person's reports were about, and nothing that they said or that leads to them."""
    ProblemReport.objects.of(reporter).update(
        state=ProblemReport.State.WITHDRAWN, text="", answer="", path="", details={}, reporter=None
    )


def tell() -> int:
    """Email the trainers about new reports, at most once an hour about one course. Return the number of reports.

    A report of something that could harm a patient is told at once, and more of them ten minutes later.
    """
    untold = ProblemReport.objects.everybody("the sweep").untold().order_by("course_key", "pk").defer("text")
    courses = [list(rows) for _key, rows in groupby(untold, key=attrgetter("course_key"))]
    return sum(_tell_trainers(rows) for rows in courses if _is_due(rows))


def _is_due(rows: list[ProblemReport]) -> bool:
    told = ProblemReport.objects.everybody("the sweep").filter(course_key=rows[0].course_key)
    now = timezone.now()
    if any(row.could_harm for row in rows):  # an email about a spelling mistake holds up no warning
        return not told.filter(could_harm=True, told_at__gt=now - BETWEEN_WARNINGS).exists()
    return not told.filter(told_at__gt=now - BETWEEN_EMAILS).exists()


def _tell_trainers(rows: list[ProblemReport]) -> int:
    """Email each trainer how many of these reports they may see. 0 when another sweep has just done so."""
    pks, course_key = [row.pk for row in rows], rows[0].course_key
    with transaction.atomic():
        reports = ProblemReport.objects.everybody("the sweep").untold().filter(pk__in=pks)
        told = reports.update(told_at=timezone.now())
        for trainer in holders(Role.TRAINER) if told else ():
            visible = ProblemReport.objects.visible_to(trainer, Role.TRAINER).filter(pk__in=pks)
            count, harmful = visible.count(), visible.filter(could_harm=True).count()
            if count:
                course = pages_by_key([str(course_key)], trainer.language).get(str(course_key)) if course_key else None
                context = {"count": count, "harmful": harmful, "course": course}
                key = f"problem-reports:{rows[-1].uuid}:{trainer.pk}"
                outgoing.send("problem_reports", trainer.email, context, key=key, user=trainer)
    return told
