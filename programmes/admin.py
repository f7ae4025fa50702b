"""The programme manager's panel on the home page of the admin."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.ui.components import Component

from accounts.models import Role
from courses.models.records import Enrolment
from programmes import reports


class ProgrammePanel(Component):
    """Count the enrolments under way and completed in the manager's countries. The counts take two queries."""

    name = "programme"
    template_name = "programmes/admin/panel.html"
    order = 40

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict:
        user = parent_context["request"].user
        if not reports.may_read(user):
            return {"shown": False}
        visible = Enrolment.objects.visible_to(user, Role.MANAGER)
        complete = visible.exclude(completed_at=None).count()
        return {"shown": True, "complete": complete, "under_way": visible.active().filter(completed_at=None).count()}


def add_programme_panel(request, panels) -> None:
    panels.append(ProgrammePanel())
