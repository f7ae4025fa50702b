"""What an empty database needs before anybody can write questions: group permissions and the review workflow."""

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from wagtail.models import WorkflowContentType

from accounts.models import Role
from accounts.roles import GROUPS
from courses.bootstrap import grant_permission, review_workflow
from quizzes.models.questions import Question


def prepare() -> None:
    """Create what is missing. Run it after courses.bootstrap.prepare(); running it again changes nothing."""
    trainers, reviewers = (Group.objects.get_or_create(name=GROUPS[role])[0] for role in (Role.TRAINER, Role.REVIEWER))
    for group in (trainers, reviewers):
        for action in ("add", "change", "view"):
            grant_permission(group, "quizzes", f"{action}_question")
    for action in ("publish", "lock", "unlock"):
        grant_permission(reviewers, "quizzes", f"{action}_question")
    WorkflowContentType.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(Question),
        defaults={"workflow": review_workflow(reviewers)},
    )
