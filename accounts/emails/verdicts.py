"""What the answer of a mail server means for an email and its address. Decision 79 has the table.

Only what the server says about the recipient ends an email at once. Whatever may be the fault of the site or of the
server is tried again for two days, so a server that refuses everybody loses nothing.
"""

from __future__ import annotations

import enum
import re
import smtplib
from dataclasses import dataclass

LONGEST_REASON = 300
# The enhanced status code of RFC 3463, such as 5.1.1, at the beginning of a reply.
STATUS = re.compile(r"[\s#(\[]*([245]\.\d{1,3}\.\d{1,3})\b")
# 5.1.7 and 5.1.8 are about the address of the sender.
ABOUT_SENDER = {"5.1.7", "5.1.8"}
# The content cannot be converted, or is too large.
ABOUT_CONTENT = re.compile(r"5\.6\.\d+|5\.2\.3|5\.3\.4")
# What RFC 5321 defines for an unknown mailbox, from servers that send no enhanced code.
NO_SUCH_MAILBOX = {550, 551, 553}
# Words of servers that refuse the sender with these codes.
REFUSES_SENDER = re.compile(r"relay|authenti|block|black|spam|policy|reputation|\bspf|dkim|dmarc", re.IGNORECASE)


class Fate(enum.Enum):
    LATER = "try again"
    MAIL = "this email fails, its address is good"
    ADDRESS = "this email fails, and its address takes none"


@dataclass(frozen=True)
class Verdict:
    fate: Fate
    reason: str


class UnencodableAddress(ValueError):
    """The address cannot be written in an SMTP command."""


class Unconfirmed(smtplib.SMTPServerDisconnected):
    """The server got the whole email, and the connection ended before its answer."""


def judge(error: Exception) -> Verdict:
    """Return what this error of one delivery means."""
    if isinstance(error, UnencodableAddress):
        return Verdict(Fate.ADDRESS, _named(error))
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        return Verdict(_fate_of_recipient(code, _text(reply)), f"{code} {_text(reply)}"[:LONGEST_REASON])
    if isinstance(error, smtplib.SMTPResponseException):
        answer = _text(error.smtp_error)
        fate = _fate_of_data(error.smtp_code, answer) if isinstance(error, smtplib.SMTPDataError) else Fate.LATER
        return Verdict(fate, f"{error.smtp_code} {answer}"[:LONGEST_REASON])
    if isinstance(error, smtplib.SMTPNotSupportedError) and "SMTPUTF8" in str(error):
        return Verdict(Fate.ADDRESS, _named(error))
    return Verdict(Fate.LATER, _named(error))


def names_recipient(status: str) -> bool:
    """Whether an enhanced status code says that the address of the recipient takes no emails."""
    return status.startswith("5.1.") and status not in ABOUT_SENDER


def _fate_of_recipient(code: int, reply: str) -> Fate:
    status = STATUS.match(reply)
    if status:
        return _fate_of_status(code, status[1])
    return Fate.ADDRESS if code in NO_SUCH_MAILBOX and not REFUSES_SENDER.search(reply) else Fate.LATER


def _fate_of_data(code: int, reply: str) -> Fate:
    status = STATUS.match(reply)
    return _fate_of_status(code, status[1]) if status else Fate.LATER


def _fate_of_status(code: int, status: str) -> Fate:
    if code < 500:
        return Fate.LATER
    if names_recipient(status):
        return Fate.ADDRESS
    return Fate.MAIL if ABOUT_CONTENT.fullmatch(status) else Fate.LATER


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]
