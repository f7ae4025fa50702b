"""What a course leads to once it is complete: its certificate, something to do at work, and the next course."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from accounts.authentication.requests import SignedInRequest
from accounts.models import User
from certificates.models import Certificate
from courses import catalogue
from courses.catalogue import CatalogueEntry
from courses.models.pages import CoursePage
from courses.models.records import Enrolment


@dataclass(frozen=True)
class Afterwards:
    """For one person. `course` is the page whose `on_monday` says what to do at work; None while not published."""

    certificates: list[Certificate]  # the newest one of this enrolment; none when it was not issued
    course: CoursePage | None
    next_course: CatalogueEntry | None


def of(request: SignedInRequest, enrolment: Enrolment) -> Afterwards:
    """What follows a completed enrolment of the person who asks; a constant number of queries."""
    certificates = Certificate.objects.listed_for(request.user).filter(achievement=enrolment.uuid)
    entries = catalogue.entries()
    own = [entry.course for entry in entries if entry.course.translation_key == enrolment.course_key]
    languages = (get_language(), enrolment.release.language)
    course = min(own, key=lambda page: _rank(page, languages), default=None)
    return Afterwards(list(certificates[:1]), course, _next_course(entries, request.user, languages, course))


def _rank(page: CoursePage, languages: tuple) -> int:
    code = page.locale.language_code
    return languages.index(code) if code in languages else len(languages)


def _next_course(
    entries: list[CatalogueEntry], learner: User, languages: tuple, course: CoursePage | None
) -> CatalogueEntry | None:
    """The first course after this one in the catalogue, then from its start, that the learner has never joined.

    In the first of these languages that has one.
    """
    joined = set(Enrolment.objects.of(learner).values_list("course_key", flat=True))
    others = [entry for entry in entries if entry.course.translation_key not in joined]
    others.sort(key=lambda entry: course is not None and entry.course.path < course.path)
    for language in languages:
        for entry in others:
            if entry.course.locale.language_code == language:
                return entry
    return None
