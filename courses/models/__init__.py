"""The models, for Django. Other code imports .pages or .records directly, because pages must not import records."""

from courses.models.pages import CoursePage, HomePage, LessonPage, ModulePage
from courses.models.problem_reports import ProblemReport
from courses.models.records import (
    Completion,
    Enrolment,
    Note,
    PackageItem,
    Position,
    ReleaseNotice,
)
from courses.models.releases import CourseRelease

__all__ = [
    "Completion",
    "CoursePage",
    "CourseRelease",
    "Enrolment",
    "HomePage",
    "LessonPage",
    "ModulePage",
    "Note",
    "PackageItem",
    "Position",
    "ProblemReport",
    "ReleaseNotice",
]
