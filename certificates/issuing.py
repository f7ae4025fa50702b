"""Issue, revoke and re-issue certificates. Each function joins the caller's transaction or opens its own."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import fault_injection, roles
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import User
from accounts.outbox import OutboxState
from accounts.printable import unprintable
from accounts.site_settings import current_operator
from certificates import tasks, validity
from certificates.models import Certificate, CertificateStatus
from certificates.printed_fields import FACTS, CertificateFacts


class CertificateUnchangeable(Exception):
    """The certificate is not valid any more, or its learner was erased. Nothing was changed."""


class NameNotPrintable(Exception):
    """The learner's name has characters that cannot be printed, in `signs`. Nothing was changed."""

    def __init__(self, signs: list[str]):
        super().__init__(" ".join(signs))
        self.signs = signs


def issue(learner: User, facts: CertificateFacts, achievement: UUID) -> Certificate:
    """Return the certificate of this achievement. Create it if there is none, or if take_back() ended the last one.

    Call this in the transaction of the completion. The worker makes the PDF after the commit. A revoked certificate is
    returned unchanged, because processing a completion again must not undo a person's decision.
    """
    existing = Certificate.objects.of(learner).issued().filter(achievement=achievement).order_by("-pk")
    certificate = existing.first() if existing.exists() else None  # the first look is cheap, and finds none as a rule
    if certificate and not certificate.may_be_earned_again:
        return certificate
    try:
        with transaction.atomic():
            days = {"issued_on": facts.completed_on, "time_zone": learner.time_zone}
            certificate = _create(learner, achievement, **days, **asdict(facts))
            trail.record(Verb.CERTIFICATE_ISSUED, None, certificate)
            return certificate
    except IntegrityError:
        # Another transaction issued it after our query, so the constraint one_valid_certificate refused ours.
        return existing[:1].get()


def take_back(learner: User, achievement: UUID, reason: str, by: User | None) -> bool:
    """Revoke the valid certificate of an achievement that was a mistake of ours. Return False if there is none.

    Completing again issues another one. A certificate that is re-issued at the same moment is revoked in its new form.
    """
    valid = Certificate.objects.of(learner).filter(achievement=achievement, standing=CertificateStatus.VALID)
    while certificate := valid.first():
        if _revoke(certificate, reason, by, may_be_earned_again=True):
            return True
    return False


def revoke(certificate: Certificate, reason: str, by: User | None) -> bool:
    """Revoke a valid certificate for good and email its learner. Return False if it was no longer valid.

    The public page shows `reason` to everybody. Raises roles.NotForOneself.
    """
    roles.refuse_oneself(certificate.learner, by)
    return _revoke(certificate, reason, by)


def _revoke(certificate: Certificate, reason: str, by: User | None, **fields) -> bool:
    with transaction.atomic():
        if not validity.end(certificate, CertificateStatus.REVOKED, reason, by, **fields):
            return False
        validity.drop_successor(certificate)
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
    """Prepare the certificate that replaces this one, with the learner's current name, and return it.

    This one stays valid until the PDF of the new one exists: certificates.validity.supersede(). Then its page says that
    it was replaced and links to the new one. A successor that is still being prepared is dropped for the new one.
    Raises CertificateUnchangeable if this one is not valid or its learner was erased, NameNotPrintable, and
    roles.NotForOneself.
    """
    roles.refuse_oneself(certificate.learner, by)
    if certificate.learner is None:
        raise CertificateUnchangeable
    if signs := unprintable(certificate.learner.name):
        raise NameNotPrintable(signs)
    with transaction.atomic():
        if not validity.hold(certificate):
            raise CertificateUnchangeable
        validity.drop_successor(certificate)
        successor = _create(
            certificate.learner,
            certificate.achievement,
            replaces=certificate,
            standing=CertificateStatus.PREPARED,
            standing_reason=reason,
            standing_by=by,
            issued_on=certificate.today,
            time_zone=certificate.time_zone,
            **{field: getattr(certificate, field) for field in FACTS},
        )
        trail.record(Verb.CERTIFICATE_REISSUED, by, successor, replaces=certificate.pk)
    return successor


def try_again(certificate: Certificate, by: User | None = None) -> bool:
    """Requeue a certificate whose PDF failed. Return False if it had not failed."""
    with transaction.atomic():
        requeued = Certificate.objects.this(certificate).filter(state=OutboxState.FAILED).requeue()
        if requeued:
            trail.record(Verb.CERTIFICATE_TRIED_AGAIN, by, certificate)
            tasks.deliver.delay_on_commit(certificate.pk)
    return bool(requeued)


def _create(learner: User, achievement: UUID, **fields) -> Certificate:
    certificate = Certificate.objects.create(
        learner=learner,
        achievement=achievement,
        name=learner.name,
        country=learner.country,
        issuer=current_operator().name,
        **fields,
    )
    tasks.deliver.delay_on_commit(certificate.pk)
    fault_injection.reach("certificate recorded", certificate.pk)
    return certificate
