"""The health panel on the home page of the admin, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.ui.components import Component

from accounts import roles
from elearning.health import summary
from elearning.health.parts import Part
from elearning.health.summary import Health
from elearning.version import VERSION

NAMES = {
    "database": gettext_lazy("Database"),
    "broker": gettext_lazy("Message broker"),
    "worker": gettext_lazy("Worker"),
    "beat": gettext_lazy("Scheduler (beat)"),
    "outbox": gettext_lazy("Work in the background"),
    "email": gettext_lazy("Emails"),
    "disk": gettext_lazy("Disk"),
    "audit": gettext_lazy("Audit trail"),
    "backup": gettext_lazy("Last backup"),
}
STATES = {
    "ok": gettext_lazy("OK"),
    "degraded": gettext_lazy("needs attention"),
    "failing": gettext_lazy("does not work"),
}
EMAILS_URL_NAME = "emails:index"  # the list of emails


class HealthPanel(Component):
    """How the installation is, what to do next, and the links to failed work and to the test of the mail."""

    name = "health"
    template_name = "elearning/admin/health_panel.html"
    order = 10

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        if not roles.is_administrator(parent_context["request"].user):
            return {"rows": []}
        health = summary.read()
        return {
            "csrf_token": parent_context["csrf_token"],  # a panel is rendered without the context of its page
            "version": VERSION,
            "rows": [
                {
                    "name": NAMES[part.name],
                    "part": part,
                    "state": STATES[part.state],
                    "text": part.reason or _figure(part),
                }
                for part in health.parts
            ],
            "failed": failed_rows(health),
            "emails_url": emails_url(),
        }


def failed_rows(health: Health) -> int:
    kinds = (part.figures["kinds"] for part in health.parts if part.name == "outbox")
    return sum(queue["failed"] for queues in kinds for queue in queues.values())


def emails_url() -> str:
    """The address of the list of emails; "" where there is none."""
    try:
        return reverse(EMAILS_URL_NAME)
    except NoReverseMatch:
        return ""


def _figure(part: Part) -> str:
    """What to say about a part that is well."""
    figures = part.figures
    if part.name in ("worker", "beat"):
        seconds = round(figures[f"{part.name}_seconds"])
        return ngettext("Answered %(n)s second ago.", "Answered %(n)s seconds ago.", seconds) % {"n": seconds}
    if part.name == "disk":
        free = ", ".join(f"{name}: {free} MB" for name, free in figures["free_mb"].items())
        return _("Free: %(free)s") % {"free": free}
    if part.name == "email":
        values = {"n": figures["waiting"]}
        return ngettext("%(n)s email waits.", "%(n)s emails wait.", figures["waiting"]) % values
    if part.name == "backup":
        made = figures["last"]
        return (
            _("%(time)s ago") % {"time": timesince(made, timezone.now(), depth=1)} if made else _("Not watched here.")
        )
    return ""


def add_health_panel(request, panels) -> None:
    panels.append(HealthPanel())
