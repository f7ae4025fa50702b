"""Failed work of every kind, with its reason and "Try again"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails.kinds import kind_of
from accounts.models import Email, User
from accounts.outbox import OutboxQuerySet, OutboxRow
from accounts.text import small_number
from elearning.admin.access import administrators_only
from elearning.admin.home import emails_url
from elearning.health.queues import LABELS
from elearning.logging import redact
from elearning.outboxes import OUTBOXES

SHOWN = 50  # rows of one kind
LARGEST_PK = 2**63 - 1


@dataclass(frozen=True)
class Failed:
    """The failed rows of one outbox: the newest, and how many there are."""

    kind: str
    label: Any
    rows: list[dict[str, Any]]
    count: int


def _failed(kind: str) -> OutboxQuerySet:
    return OUTBOXES[kind].model.objects.everybody("failed work, for administrators").failed()


@administrators_only
@require_safe
def failed_work(request: HttpRequest) -> HttpResponse:
    """List the failed rows of each kind. Two queries a kind, however many rows there are."""
    kinds = [_listed(kind) for kind in OUTBOXES]
    context = {"kinds": [kind for kind in kinds if kind.count], "shown": SHOWN, "emails_url": emails_url()}
    return render(request, "elearning/admin/failed_work.html", context)


def _listed(kind: str) -> Failed:
    rows = _failed(kind).order_by("-due_at", "-pk")[:SHOWN]
    shown = [
        {
            "pk": row.pk,
            "what": _what(row),
            "due_at": row.due_at,
            "tries": row.tries,
            "reason": redact(row.last_error),
        }
        for row in rows
    ]
    count = len(shown) if len(shown) < SHOWN else _failed(kind).count()
    return Failed(kind, LABELS.get(kind, kind), shown, count)


def _what(row: OutboxRow) -> str:
    """Name a row without naming a person: the kind of an email, else the number of the row."""
    if isinstance(row, Email):
        return f"{kind_of(row.kind).label or row.kind} {row.pk}"
    return str(row.pk)


@administrators_only
@require_POST
def try_again(request: HttpRequest) -> HttpResponse:
    """Make one failed row (`pk`) or all of a kind pending again, with all their tries."""
    kind = request.POST.get("kind", "")
    if kind not in OUTBOXES:
        raise Http404
    pk = request.POST.get("pk", "")
    number = small_number(pk, LARGEST_PK) if pk else None
    if pk and number is None:
        raise Http404
    count = _requeue(kind, number, cast(User, request.user))
    if count:
        messages.success(
            request, ngettext("%(n)s is tried again now.", "%(n)s are tried again now.", count) % {"n": count}
        )
    else:
        messages.warning(request, _("There is nothing to try again: it was done, or is being tried now."))
    return redirect("failed_work")


def _requeue(kind: str, pk: int | None, by: User) -> int:
    """Requeue one failed row or all of a kind, and record it. The worker is woken for one row, the sweep for all."""
    outbox = OUTBOXES[kind]
    with transaction.atomic():
        rows = _failed(kind) if pk is None else _failed(kind).filter(pk=pk)
        count = rows.requeue()
        if count:
            row = None if pk is None else outbox.model.objects.everybody("failed work, for administrators").get(pk=pk)
            trail.record(Verb.WORK_TRIED_AGAIN, by, row, kind=kind, rows=count)
        if count and pk is not None:
            outbox.task.delay_on_commit(pk)
    return count
