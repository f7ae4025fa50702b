"""The page that visitors see in place of a step that they may not read: why it is closed, and what they can do."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from courses.access import Visit
from courses.study import Study


class ClosedReason(TextChoices):
    """Why a step is closed. The label is what the visitor reads."""

    NOT_RELEASED = "not_released", _("This course is being written. It opens when its first release is made.")
    NOT_IN_RELEASE = (
        "not_in_release",
        _("This page is not part of your release of the course, so you do not need to do it."),
    )
    ASKED_ELSEWHERE = (
        "asked_elsewhere",
        _("This page is not available at the moment. It is still part of your course."),
    )
    NOT_OPEN = "not_open", _("This course is closed to new learners at the moment.")
    NOT_ENROLLED = "not_enrolled", _("Join the course to open this page. It is free and takes one tap.")
    SIGNED_OUT = (
        "signed_out",
        _(
            "This page is for people who have joined the course. Joining is free, and you come straight back to this page."
        ),
    )


@dataclass(frozen=True)
class ClosedPage:
    """The view model of courses/closed.html, for one visitor."""

    study: Study | None
    is_authenticated: bool
    asked_elsewhere: bool = False

    @property
    def reason(self) -> ClosedReason:
        if self.asked_elsewhere:
            return ClosedReason.ASKED_ELSEWHERE
        if self.study is None:
            return ClosedReason.NOT_RELEASED
        if self.study.enrolment:
            return ClosedReason.NOT_IN_RELEASE
        if not self.study.course_url:
            return ClosedReason.NOT_OPEN
        return ClosedReason.NOT_ENROLLED if self.is_authenticated else ClosedReason.SIGNED_OUT

    @property
    def has_course_link(self) -> bool:
        return bool(self.study and self.study.course_url) and self.reason == ClosedReason.NOT_IN_RELEASE

    @property
    def can_join(self) -> bool:
        return self.reason == ClosedReason.NOT_ENROLLED

    @property
    def can_sign_in(self) -> bool:
        return self.reason == ClosedReason.SIGNED_OUT


def response(request: HttpRequest, page, visit: Visit) -> HttpResponse:
    """The page in place of `page`, with status 403."""
    closed = ClosedPage(visit.study, request.user.is_authenticated, visit.asked_elsewhere)
    context = {"page": page, "course": visit.course, "study": visit.study, "closed": closed, "section": "courses"}
    return render(request, "courses/closed.html", context, status=403)
