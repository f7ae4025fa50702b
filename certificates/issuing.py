"""Issue, revoke, issue again: the verbs that write the register. Each runs in the caller's transaction or its own."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import fault_injection
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import User
from accounts.outbox import OutboxState
from accounts.site_settings import current_operator
from certificates import tasks
from certificates.models import Certificate, Standing
from certificates.printed_fields import FACTS, Facts


class Refused(Exception):
    """The certificate is not in a standing that allows this; nothing was changed."""


def issue(learner: User, facts: Facts, achievement: UUID) -> Certificate:
    """The certificate of this achievement: the one there is, else a new one whose file the worker makes.

    Call it in the transaction of the completion; the worker is woken after the commit. A withdrawn one is
    returned as it is: a completion that is looked at again must not undo a person's decision.
    """
    existing = Certificate.objects.of(learner).filter(achievement=achievement).order_by("-pk")
    found = existing.first()
    if found:
        return found
    try:
        with transaction.atomic():
            issued = _record(learner, achievement, **asdict(facts))
            trail.record(Verb.CERTIFICATE_ISSUED, None, issued)
            return issued
    except IntegrityError:
        # Somebody else issued it since we looked; the constraint one_valid_certificate chose.
        return existing[:1].get()


def revoke(certificate: Certificate, reason: str, by: User | None) -> bool:
    """Withdraw a valid certificate, for a reason everybody may read; False when it was not valid any more."""
    with transaction.atomic():
        if not _leave_valid(certificate, Standing.REVOKED, reason, by):
            return False
        trail.record(Verb.CERTIFICATE_REVOKED, by, certificate)
        certificate.refresh_from_db()
        if certificate.learner:
            outgoing.send(
                "certificate_revoked",
                certificate.learner.email,
                {"certificate": certificate},
                key=f"certificate:{certificate.code}:revoked",
                user=certificate.learner,
            )
    return True


def reissue(certificate: Certificate, by: User | None, reason: str) -> Certificate:
    """A new certificate with the learner's present name; the old one says it was replaced and links on.

    Refused unless the old one is valid and its learner is still known. Of two at once, one is refused.
    """
    if certificate.learner is None:
        raise Refused
    with transaction.atomic():
        # The old row first: whoever wins this update makes the only successor.
        if not _leave_valid(certificate, Standing.SUPERSEDED, reason, by):
            raise Refused
        copied = {field: getattr(certificate, field) for field in FACTS}
        new = _record(certificate.learner, certificate.achievement, replaces=certificate, **copied)
        trail.record(Verb.CERTIFICATE_REISSUED, by, new, replaces=certificate.pk)
    return new


def try_again(certificate: Certificate, by: User | None = None) -> bool:
    """Print the file of a given-up certificate again; False when it was not given up."""
    with transaction.atomic():
        requeued = Certificate.objects.this(certificate).filter(state=OutboxState.FAILED).requeue()
        if requeued:
            trail.record(Verb.CERTIFICATE_TRIED_AGAIN, by, certificate)
            tasks.deliver.delay_on_commit(certificate.pk)
    return bool(requeued)


def _leave_valid(certificate: Certificate, standing: str, reason: str, by: User | None) -> bool:
    """The one way out of `valid`: a conditional update, so that it is taken once."""
    return bool(
        Certificate.objects.this(certificate)
        .filter(standing=Standing.VALID)
        .update(standing=standing, standing_reason=reason, standing_at=timezone.now(), standing_by=by)
    )


def _record(learner: User, achievement: UUID, **printed) -> Certificate:
    certificate = Certificate.objects.create(
        learner=learner,
        achievement=achievement,
        name=learner.name,
        country=learner.country,
        issuer=current_operator().name,
        **printed,
    )
    tasks.deliver.delay_on_commit(certificate.pk)
    fault_injection.reach("certificate recorded", certificate.pk)
    return certificate
