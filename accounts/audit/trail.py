"""The audit trail: who did what to whose records. Entries hold ids and codes only. Celery beat seals them in a chain.

Each seal contains the digest of the seal before it. So whoever changes, removes, inserts or moves an entry must also
remake every later seal. Each new digest is logged, so that a copy can be kept outside the database.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit.snapshot import snapshot
from accounts.models import AuditEntry, Seal, User
from accounts.text import small_number

log = structlog.get_logger(__name__)
BATCH = 1000
LARGEST_SEAL = 2**31 - 1  # the largest number the database column can hold
VERDICT = "audit:verdict"
CODE = re.compile(r"[A-Za-z0-9_.:,*-]{0,64}")
COLUMNS = ("seal_id", "pk", "at", "verb", "actor", "object_type", "object_id", "ids")


class Verb(models.TextChoices):
    ROLE_GIVEN = "role.given", _("role given")
    ROLE_TAKEN = "role.taken", _("role removed")
    PERSON_INVITED = "person.invited", _("person invited")
    PERSON_CHANGED = "person.changed", _("details of a person changed by staff")
    PERSON_DEACTIVATED = "person.shut_out", _("person deactivated")
    PERSON_REACTIVATED = "person.let_in", _("person reactivated")
    ACCOUNT_ADDRESS_CHANGED = "account.address", _("email address of an account changed")
    ACCOUNT_PASSWORD_CHANGED = "account.password", _("password of an account changed")
    ACCOUNT_SECOND_STEP_CHANGED = "account.second_step", _("two-step sign-in of an account changed")
    ACCOUNT_CHANGE_UNDONE = "account.undone", _("change of an account undone by email")
    EMAIL_VIEWED = "email.viewed", _("delivery of an email viewed by staff")
    EMAIL_SENT_AGAIN = "email.sent_again", _("failed emails sent again by staff")
    CERTIFICATE_ISSUED = "certificate.issued", _("certificate issued")
    CERTIFICATE_REISSUED = "certificate.reissued", _("certificate issued again")
    CERTIFICATE_REVOKED = "certificate.revoked", _("certificate revoked")
    CERTIFICATE_TRIED_AGAIN = "certificate.tried_again", _("certificate PDF requested again")
    CERTIFICATE_VIEWED = "certificate.viewed", _("certificate viewed by staff")
    REPORT_EXPORTED = "report.exported", _("report exported")
    ATTEMPT_VIEWED = "attempt.viewed", _("attempt viewed by staff")
    ACCOMMODATION_GIVEN = "accommodation.given", _("extra time or attempts given")
    ACCOMMODATION_TAKEN = "accommodation.taken", _("extra time or attempts removed")
    REGRADE_BEGUN = "regrade.begun", _("regrade started")
    REGRADE_APPLIED = "regrade.applied", _("regrade applied")
    REGRADE_REVERTED = "regrade.reverted", _("regrade reverted")
    STEP_TAKEN_BACK = "step.taken_back", _("pass taken back with a regrade")
    SCRIPT_MARKED = "script.marked", _("text marked by staff")
    PROBLEM_ANSWERED = "problem.answered", _("problem report answered")
    RELEASE_MADE = "release.made", _("course released")
    TEST_RULES_CHANGED = "test.rules", _("rules of a released test changed")
    DATA_ASKED = "data.asked", _("copy of personal data requested")
    DATA_FETCHED = "data.fetched", _("copy of personal data downloaded")
    ERASURE_ASKED = "erasure.asked", _("erasure requested")
    ERASURE_DONE = "erasure.done", _("erasure done")
    WORK_TRIED_AGAIN = "work.tried_again", _("failed work tried again")
    EMAIL_TESTED = "email.tested", _("test email sent")
    BACKUP_MADE = "backup.made", _("backup made")
    BACKUP_RESTORED = "backup.restored", _("backup restored")
    CERTIFICATE_REPRINTED = "certificate.reprinted", _("lost or damaged certificate PDF made again")


def record(verb: Verb, actor: User | UUID | None, obj: models.Model | None = None, **ids: Any) -> AuditEntry:
    """Append one entry. Call it in the transaction of its cause. `actor` is None when the system itself acted.

    Raises ValueError for a value in `ids` that is not an id, a number or a short code. So names and addresses cannot
    get into the trail.
    """
    return AuditEntry.objects.create(
        verb=Verb(verb),
        actor=actor if isinstance(actor, UUID) else getattr(actor, "uuid", None),
        object_type=obj._meta.label_lower if obj else "",
        object_id=str(getattr(obj, "uuid", obj.pk)) if obj else "",
        ids={name: _id_value(value) for name, value in ids.items()},
    )


def _id_value(value: Any) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    if not CODE.fullmatch(text):
        raise ValueError("the audit trail takes ids and short codes only")
    return text


def seal() -> Seal | None:
    """Seal up to BATCH unsealed entries. Return None if there are none or another process sealed them first."""
    try:
        with transaction.atomic():
            last = Seal.objects.order_by("-number").first()
            unsealed = AuditEntry.objects.filter(seal=None).order_by("pk")[:BATCH]
            rows = [row[1:] for row in unsealed.values_list(*COLUMNS)]
            if not rows:
                return None
            number, previous, now = (last.number + 1, last.digest, timezone.now()) if last else (1, "", timezone.now())
            # The primary key lets one process insert this number; a second one waits here and then fails.
            new_seal = Seal.objects.create(
                number=number, count=len(rows), previous=previous, digest=_digest(number, previous, now, rows), at=now
            )
            entries = AuditEntry.objects.filter(pk__in=[row[0] for row in rows], seal=None)
            if entries.update(seal=new_seal) != len(rows):
                raise IntegrityError("another process sealed an entry of this batch")
    except IntegrityError:
        return None
    log.info("audit_sealed", number=new_seal.number, count=new_seal.count, digest=new_seal.digest)
    return new_seal


def _digest(number: int, previous: str, at: datetime, rows: list[tuple]) -> str:
    """Return the SHA-256 of a seal and its entries in canonical JSON."""
    content = [
        number,
        previous,
        _iso_time(at),
        [[pk, _iso_time(when), *map(_json_value, rest)] for pk, when, *rest in rows],
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _iso_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _json_value(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def verify() -> list[str]:
    """Return a description of each break in the chain of seals; [] when it is intact. Memory use is bounded.

    Call it outside any transaction. All of it is read in one snapshot: between two queries a batch may be sealed, and
    would look like one without its seal or its entries.
    """
    with snapshot():
        return _problems()


def _problems() -> list[str]:
    expected, previous = 1, ""
    problems = []
    batches = _batches()
    number, rows = next(batches, (None, []))
    for link in Seal.objects.order_by("number").iterator():
        while number is not None and number < link.number:
            number, rows = next(batches, (None, []))  # entries of a seal that is missing; reported below
        sealed_rows = rows if number == link.number else []
        if link.number != expected:
            problems.append(f"seal {expected} is missing")
        elif link.previous != previous:
            problems.append(f"seal {link.number} does not follow the one before it")
        if len(sealed_rows) != link.count or _digest(link.number, link.previous, link.at, sealed_rows) != link.digest:
            problems.append(f"the entries of seal {link.number} were changed")
        expected, previous = link.number + 1, link.digest
    lost = AuditEntry.objects.filter(seal_id__gte=expected).exclude(seal_id__in=Seal.objects.values("number"))
    problems += [f"seal {number} is missing" for number in sorted(set(lost.values_list("seal_id", flat=True)))]
    return problems


def _batches() -> Iterator[tuple[int, list[tuple]]]:
    entries = AuditEntry.objects.exclude(seal=None).order_by("seal_id", "pk")
    rows = entries.values_list(*COLUMNS).iterator(chunk_size=BATCH)
    for number, batch in itertools.groupby(rows, key=lambda row: row[0]):
        yield number, [row[1:] for row in batch]


def head() -> str:
    """Return the newest seal as "number:digest", for a copy out of reach of whoever can change the database."""
    last = Seal.objects.order_by("-number").first()
    return f"{last.number}:{last.digest}" if last else ""


def contains_seal(line: str) -> bool:
    """Whether the seal in a line of head() is still in the chain. If not, the chain was replaced or truncated."""
    text, _sep, digest = line.partition(":")
    number = small_number(text, LARGEST_SEAL)
    return number is not None and Seal.objects.filter(number=number, digest=digest).exists()


def check() -> list[str]:
    """Verify the whole chain and store the result for broken(). Called every night and by `manage.py verify_audit`."""
    problems = verify()
    if problems:
        log.error("audit_broken", problems=problems[:10])
    cache.set(VERDICT, problems[:10], None)
    return problems


def broken() -> list[str]:
    """Return the problems that the last check() found; [] when there were none."""
    return cache.get(VERDICT) or []


def unsealed_seconds() -> float:
    """Return the age in seconds of the oldest unsealed entry; 0 when there is none."""
    oldest = AuditEntry.objects.filter(seal=None).aggregate(oldest=models.Min("at"))["oldest"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
