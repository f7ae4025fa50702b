"""Register this app's hooks with Wagtail."""

from django.shortcuts import redirect
from django.urls import path
from wagtail import hooks
from wagtail.permissions import register_permission_policy

from accounts.admin.permissions import ScopedPermissionPolicy
from accounts.models import Role
from courses import access, afterwards, catalogue, closed_page, documents, notices, protection, reading, revisions
from courses.admin import home, locked, problem_reports, publishing, release
from courses.importing import lessons
from courses.importing.steps import StepImporter
from courses.models.pages import CoursePage, HomePage, LessonPage
from courses.models.problem_reports import ProblemReport
from courses.running import running_steps

register_permission_policy(ProblemReport, ScopedPermissionPolicy(ProblemReport, role=Role.TRAINER))


@hooks.register("before_serve_page")
def attach_study(page, request, args, kwargs):
    """Set request.visit and request.study for the templates. Respond with 403 when the person may not read the page.

    An alias leads to its page, which decides who may read it.
    """
    if page.alias_of_id:
        return redirect(page.alias_of.get_url(request))
    if isinstance(page, HomePage):
        request.catalogue = catalogue.overview()
    visit = access.visit(request, page)
    if visit is None:
        return None
    request.visit, request.study = visit, visit.study
    if isinstance(page, CoursePage):
        request.notices = notices.unconfirmed(request.user, visit.study, page.translation_key)
        request.running = running_steps(request.user, page.translation_key)
        enrolment = visit.study.enrolment if visit.study else None
        request.afterwards = afterwards.of(request, enrolment) if enrolment and enrolment.completed_at else None
    if not visit.may_read:
        return closed_page.response(request, page, visit)
    reading.record_delivery(request, visit.study)
    return None


hooks.register("before_serve_document", documents.before_serve_document)
hooks.register("before_delete_page", protection.before_delete_page)
hooks.register("before_bulk_action", protection.before_bulk_action)
hooks.register("before_bulk_action", publishing.before_bulk_action)
hooks.register("before_move_page", protection.before_move_page)
hooks.register("after_edit_page", protection.after_edit_page)
hooks.register("before_edit_page", locked.before_edit)
hooks.register("before_edit_snippet", locked.before_edit)
hooks.register("before_edit_page", publishing.before_edit)
hooks.register("before_edit_snippet", publishing.before_edit)
hooks.register("before_edit_page", revisions.save_as_new_revision)
hooks.register("before_edit_snippet", revisions.save_as_new_revision)
hooks.register("register_page_action_menu_item", lambda: release.ReleaseMenuItem(order=60))
hooks.register("register_page_header_buttons", release.header_button)
hooks.register(
    "register_admin_urls",
    lambda: [path("courses/<int:page_id>/release/", release.release_view, name="course_release")],
)
hooks.register("register_step_importer", lambda: StepImporter(LessonPage, lessons.check, lessons.content))
hooks.register("construct_homepage_panels", home.add_courses_panel)
hooks.register("register_admin_viewset", problem_reports.ProblemReportViewSet)
hooks.register("register_problem_report_link", problem_reports.page_link)
