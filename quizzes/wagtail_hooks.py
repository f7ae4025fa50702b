"""Register the admin pages of quizzes, and what QuizPage takes from higher modules, with Wagtail."""

from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from accounts.admin.permissions import ScopedPermissionPolicy
from courses.importing.steps import StepImporter
from quizzes import problem_reports, running, start_page
from quizzes.admin import manual_marking
from quizzes.admin.accommodations import AccommodationViewSet
from quizzes.admin.records import AttemptViewSet, QuestionViewSet
from quizzes.admin.regrades import RegradePolicy, RegradeViewSet
from quizzes.importing import quiz
from quizzes.models.pages import QuizPage
from quizzes.models.records import Accommodation, Attempt
from quizzes.models.regrades import Regrade

register_permission_policy(Attempt, ScopedPermissionPolicy(Attempt))
register_permission_policy(Accommodation, ScopedPermissionPolicy(Accommodation, actions=("add", "delete", "view")))
register_permission_policy(Regrade, RegradePolicy(Regrade))
register_snippet(QuestionViewSet)

hooks.register(
    "register_step_importer",
    lambda: StepImporter(QuizPage, quiz.check, quiz.content, quiz.load_bank, quiz.question_keys),
)
hooks.register("register_problem_report_link", problem_reports.question_link)


hooks.register("find_running_steps", running.running_tests)


@hooks.register("construct_start_page_context")
def add_start_page_context(context, request, page):
    context |= start_page.context(request, page)


@hooks.register("register_admin_viewset")
def register_attempts():
    return AttemptViewSet()


@hooks.register("register_admin_viewset")
def register_accommodations():
    return AccommodationViewSet()


@hooks.register("register_admin_viewset")
def register_regrades():
    return RegradeViewSet()


@hooks.register("register_admin_urls")
def register_marking_urls():
    return [path("marking/", include((manual_marking.urlpatterns, "marking")))]


@hooks.register("register_admin_menu_item")
def register_marking_menu_item():
    return manual_marking.MarkingMenuItem(
        _("Texts to mark"), reverse("marking:queue"), name="marking", icon_name="edit", order=248
    )
