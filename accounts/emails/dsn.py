"""Read delivery status notifications (RFC 3464). They come from strangers, so anything may be in them."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import Message
from itertools import islice
from typing import Any

from accounts.emails.bounces import LONGEST_ADDRESS, PERMANENT, Bounce

LARGEST = 256 * 1024  # bytes of a message that are read
MOST_PARTS = 50
MOST_RECIPIENTS = 10
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")


def read(raw: bytes) -> list[Bounce]:
    """Return the permanent failures that a message reports; [] for any other message, malformed ones included."""
    try:
        # The oldest policy parses no header, so that a malformed one cannot raise.
        message = email.message_from_bytes(raw[:LARGEST], policy=email.policy.compat32)
        if message.get_content_type() != "multipart/report":
            return []
        parts = list(islice(message.walk(), MOST_PARTS))
        message_id = next((found for part in parts if (found := _returned_message_id(part))), "")
        bounces = (bounce for part in parts for bounce in _failures(part, message_id))
        return list(islice(bounces, MOST_RECIPIENTS))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []


def _returned_message_id(part: Message) -> str:
    """The Message-ID of our email, which the notification returns as a whole or by its headers."""
    if part.get_content_type() not in RETURNED:
        return ""
    content: Any = part.get_payload()
    if isinstance(content, str):
        content = [email.message_from_string(content, policy=email.policy.compat32)]
    return _text(content[0], "Message-ID")[:200] if content else ""


def _failures(part: Message, message_id: str) -> Iterator[Bounce]:
    """Yield a bounce for each block of a message/delivery-status part that says that delivery failed for good."""
    blocks: Any = part.get_payload() if part.get_content_type() == "message/delivery-status" else None
    for block in blocks if isinstance(blocks, list) else ():
        status = _text(block, "Status").partition(" ")[0]
        address = _address(block)
        if _text(block, "Action").lower() == "failed" and PERMANENT.fullmatch(status) and address:
            yield Bounce(address, status, _text(block, "Diagnostic-Code")[:300], message_id)


def _address(block: Message) -> str:
    """The address that we wrote to: the original recipient, or the final one if none is given."""
    for name in ("Original-Recipient", "Final-Recipient"):
        kind, _semicolon, address = _text(block, name).partition(";")
        address = address.strip().strip("<>")
        if kind.strip().lower() == "rfc822" and 0 < len(address) <= LONGEST_ADDRESS:
            return address
    return ""


def _text(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).replace("\0", "").split())
