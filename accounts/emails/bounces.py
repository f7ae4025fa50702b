"""Bounces: a mail server took an email, and later says that it cannot deliver it.

Anybody can send a forged bounce. So one only counts for an email that we sent within WITHIN, and all it can do is to mark
that email as failed and its address as one that emails do not reach. The person can take that back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.emails import addresses
from accounts.emails.verdicts import names_recipient
from accounts.models import Email, Undeliverable
from accounts.outbox import OutboxState
from accounts.text import one_line

log = structlog.get_logger(__name__)
WITHIN = timedelta(days=7)
PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")
LONGEST_ADDRESS = 254
MOST_AT_ONCE = 100


class NotABounce(ValueError):
    """What was sent to the webhook does not have the form that docs/decisions/0081 gives."""


@dataclass(frozen=True)
class Bounce:
    """One failed delivery. `status` is an enhanced status code such as 5.1.1; `message_id` may be unknown."""

    address: str
    status: str
    reason: str = ""
    message_id: str = ""


def record(bounce: Bounce) -> bool:
    """Mark the email of a permanent bounce as failed, and its address if that is the reason. Return whether it counted."""
    if not PERMANENT.fullmatch(bounce.status):
        return False
    email = _sent_email(bounce)
    if email is None:
        log.info("bounce_ignored", status=bounce.status)
        return False
    reason = one_line(f"{bounce.status} {bounce.reason}")[:300]
    with transaction.atomic():
        if not Email.objects.this(email).filter(state=OutboxState.DONE).fail(reason):
            return False
        if names_recipient(bounce.status):
            addresses.mark(email.to, Undeliverable.BOUNCED, reason)
    return True


def record_all(bounces: Iterable[Bounce]) -> int:
    """Record these bounces. Return how many counted."""
    return sum(record(bounce) for bounce in bounces)


def _sent_email(bounce: Bounce) -> Email | None:
    """Return the email that a bounce is about. With a Message-ID it must be that one, else the newest to the address."""
    sent = Email.objects.everybody("the email that bounced").filter(
        state=OutboxState.DONE, done_at__gt=timezone.now() - WITHIN
    )
    if bounce.message_id:
        sent = sent.filter(message_id=bounce.message_id)
    address = bounce.address.strip()
    return sent.filter(to__in=[address, address.lower()]).order_by("-done_at").first()


def from_json(body: bytes) -> list[Bounce]:
    """Parse what the webhook got: one object, or a list of at most MOST_AT_ONCE. Raises NotABounce."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotABounce("not JSON") from error
    items = content if isinstance(content, list) else [content]
    if len(items) > MOST_AT_ONCE:
        raise NotABounce("too many")
    return [_bounce(item) for item in items]


def _bounce(item: Any) -> Bounce:
    if not isinstance(item, dict):
        raise NotABounce("not an object")
    values = {name: item.get(name, "") for name in ("address", "status", "reason", "message_id")}
    if not all(isinstance(value, str) and "\0" not in value for value in values.values()):
        raise NotABounce("not a text")
    if not 0 < len(values["address"]) <= LONGEST_ADDRESS or not PERMANENT.fullmatch(values["status"]):
        raise NotABounce("no address or no permanent status")
    return Bounce(**values)
