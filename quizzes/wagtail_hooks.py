"""What the quizzes room registers with Wagtail; the substance is in quizzes.desk."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from quizzes.accommodation_desk import AccommodationViewSet, GivingPolicy
from quizzes.desk import AttemptViewSet, QuestionViewSet
from quizzes.models.records import Accommodation, Attempt
from quizzes.models.regrades import Regrade
from quizzes.regrade_desk import RegradePolicy, RegradeViewSet
from quizzes.staff import StaffPolicy

register_permission_policy(Attempt, StaffPolicy(Attempt))
register_permission_policy(Accommodation, GivingPolicy(Accommodation))
register_permission_policy(Regrade, RegradePolicy(Regrade))
register_snippet(QuestionViewSet)


@hooks.register("register_admin_viewset")
def register_attempts():
    return AttemptViewSet()


@hooks.register("register_admin_viewset")
def register_accommodations():
    return AccommodationViewSet()


@hooks.register("register_admin_viewset")
def register_regrades():
    return RegradeViewSet()
