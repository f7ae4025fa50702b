"""The courses panel on the home page of the admin: which courses are live, hold drafts, or have no release yet.

It also says which released tests cannot be started, to whoever may edit them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, OuterRef, Subquery
from django.urls import reverse
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from courses import readiness
from courses.admin.release import MAY_RELEASE
from courses.models.pages import CoursePage, HomePage
from courses.models.records import CourseRelease, Enrolment


class CoursesPanel(Component):
    """Every course with its state. The number of queries does not depend on the number of courses."""

    name = "courses"
    template_name = "courses/admin/courses_panel.html"
    order = 50

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict:
        user = parent_context["request"].user
        if not PagePermissionPolicy().user_has_any_permission(user, {"add", "change", "publish"}):
            return {"rows": []}
        newest_release = CourseRelease.objects.filter(course_key=OuterRef("translation_key")).order_by("-pk")
        courses = (
            CoursePage.objects.filter(alias_of=None)
            .annotate(release_number=Subquery(newest_release.values("number")[:1]))
            .order_by("path")
        )
        drafts = self._drafts(courses)
        enrolments = Enrolment.objects.everybody("a number for each course").active()
        learners = dict(enrolments.values_list("course_key").annotate(n=Count("pk")).values_list("course_key", "n"))
        home = HomePage.objects.first()
        may_add = bool(home) and home.permissions_for_user(user).can_add_subpage()
        return {
            "may_release": user.has_perm(MAY_RELEASE),
            "rows": [
                {
                    "course": course,
                    "drafts": drafts.get(course.path, 0),
                    "learners": learners.get(course.translation_key, 0),
                }
                for course in courses
            ],
            "not_ready": self._not_ready(user),
            "add_url": reverse("wagtailadmin_pages:add", args=["courses", "coursepage", home.pk]) if may_add else "",
        }

    def _not_ready(self, user) -> list[tuple[Page, str]]:
        """The tests of newest releases that cannot be started, each with why; three queries for each language."""
        newer = CourseRelease.objects.filter(course_key=OuterRef("course_key"), pk__gt=OuterRef("pk"))
        keys: dict[str, set[str]] = {}
        for language, outline in CourseRelease.objects.filter(~Exists(newer)).values_list("language", "outline"):
            keys.setdefault(language, set()).update(step["key"] for step in outline)
        found = [row for language in keys for row in readiness.not_ready(keys[language], language)]
        return [
            (page, readiness.describe(page, why)) for page, why in found if page.permissions_for_user(user).can_edit()
        ]

    def _drafts(self, courses) -> dict[str, int]:
        """How many pages of each course, itself included, have unpublished changes, by the path of the course."""
        depth = HomePage.steplen * 3
        counts: dict[str, int] = {}
        paths = Page.objects.filter(has_unpublished_changes=True, depth__gte=3).values_list("path", flat=True)
        for path in paths:
            counts[path[:depth]] = counts.get(path[:depth], 0) + 1
        return counts


def add_courses_panel(request, panels) -> None:
    panels.append(CoursesPanel())
