"""Create what authors need in an empty database: home page, site, group permissions, review workflow."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from accounts.models import Role
from accounts.roles import GROUPS
from courses.models.pages import HomePage

WORKFLOW = "Clinical review"
ADMIN = ("wagtailadmin", "access_admin")


def prepare() -> HomePage:
    """Create what is missing, and return the home page. A second run changes nothing."""
    home = front_page()
    follow_base_url()
    trainers, reviewers, managers = (Group.objects.get_or_create(name=GROUPS[role])[0] for role in Role)
    for group in (trainers, reviewers, managers):
        grant_permission(group, *ADMIN)
    for group in (trainers, reviewers):
        for codename in ("add_page", "change_page"):
            grant_page_permission(group, home, codename)
        for codename in ("add_image", "change_image", "choose_image"):
            grant_collection_permission(group, "wagtailimages", codename)
        for codename in ("add_document", "change_document", "choose_document"):
            grant_collection_permission(group, "wagtaildocs", codename)
    grant_page_permission(reviewers, home, "publish_page")
    for group in (trainers, reviewers):
        grant_permission(group, "courses", "add_courserelease")
    grant_permission(reviewers, "standards", "add_statementcheck")
    workflow = review_workflow(reviewers)
    WorkflowPage.objects.get_or_create(page=Page.objects.get(pk=home.pk), defaults={"workflow": workflow})
    return home


def front_page() -> HomePage:
    """The home page. Create it when missing, as the root of the site in place of Wagtail's welcome page."""
    home = HomePage.objects.first()
    if home:
        return home
    root = Page.get_first_root_node()
    for welcome in root.get_children().filter(slug="home"):
        welcome.slug = "welcome-to-wagtail"
        welcome.save()
    home = root.add_child(instance=HomePage(title=str(_("Home page")), slug="home"))
    site = Site.objects.filter(is_default_site=True).first() or Site(hostname="localhost", is_default_site=True)
    site.root_page, site.site_name = home, "Plumbline"
    site.save()
    root.refresh_from_db()
    for welcome in root.get_children().filter(slug="welcome-to-wagtail"):
        welcome.delete()
    remove_wagtail_defaults()
    home.save_revision().publish()
    return HomePage.objects.get(pk=home.pk)


def follow_base_url() -> bool:
    """Give the site the address of BASE_URL, with which Wagtail's emails and API begin links. Return whether it changed.

    An address that another site record has is left there, because two cannot have it.
    """
    base = urlsplit(settings.BASE_URL)
    hostname, port = base.hostname, base.port or (443 if base.scheme == "https" else 80)
    site = Site.objects.filter(is_default_site=True).first()
    if site is None or Site.objects.filter(hostname=hostname, port=port).exists():
        return False
    site.hostname, site.port = hostname, port
    site.save()  # not update(): Wagtail has the old address in its cache
    return True


def remove_wagtail_defaults() -> None:
    """Remove Wagtail's two groups and their workflow, because both bypass our review.

    The groups may edit every page, and the workflow lets one of them approve. A group that has members stays.
    """
    groups = Group.objects.filter(name__in=("Editors", "Moderators"), user=None)
    WorkflowPage.objects.filter(workflow__workflow_tasks__task__in=_approval_tasks_of(groups)).delete()
    Workflow.objects.filter(workflow_tasks__task__in=_approval_tasks_of(groups)).delete()
    GroupApprovalTask.objects.filter(groups__in=groups).delete()
    groups.delete()


def _approval_tasks_of(groups):
    return list(GroupApprovalTask.objects.filter(groups__in=groups).values_list("pk", flat=True))


def grant_permission(group: Group, app: str, codename: str) -> None:
    """Give the group a model permission."""
    group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))


def grant_page_permission(group: Group, page: Page, codename: str) -> None:
    permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
    GroupPagePermission.objects.get_or_create(group=group, page_id=page.pk, permission=permission)


def grant_collection_permission(group: Group, app: str, codename: str) -> None:
    permission = Permission.objects.get(content_type__app_label=app, codename=codename)
    root = Collection.get_first_root_node()
    GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)


def review_workflow(reviewers: Group) -> Workflow:
    """The workflow in which a reviewer approves the changes of a trainer. Approval publishes them."""
    workflow, created = Workflow.objects.get_or_create(name=WORKFLOW)
    if created:
        task = GroupApprovalTask.objects.create(name=WORKFLOW)
        task.groups.add(reviewers)
        WorkflowTask.objects.create(workflow=workflow, task=task.task_ptr, sort_order=1)
    return workflow
