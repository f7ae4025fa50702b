"""Pages are published by Page.publish() only, so that a page class can refuse it, as a snippet can.

The editor of pages calls Wagtail's action past it. So does the admin's API, which nothing of ours uses to publish.
"""

from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.admin.views.pages import edit


class PublishByPage(PublishPageRevisionAction):
    """The editor's action: what Page.publish() does with this revision."""

    def execute(self, skip_permission_checks: bool = False) -> None:
        self.revision.publish(
            user=self.user,
            changed=self.changed,
            log_action=self.log_action,
            previous_revision=self.previous_revision,
            skip_permission_checks=skip_permission_checks,
        )


def install() -> None:
    edit.PublishPageRevisionAction = PublishByPage
    actions = PagesAdminAPIViewSet.actions
    PagesAdminAPIViewSet.actions = {name: action for name, action in actions.items() if name != "publish"}
