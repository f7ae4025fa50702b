"""What certificates keep about people, and what erasure leaves of a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import privacy_register
from accounts.models import User
from accounts.outbox import OutboxState
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register
from certificates import name_hash
from certificates import pdf_store as pdfs
from certificates.models import Certificate, CertificateStatus
from certificates.printed_fields import FACTS

CERTIFICATES = Purpose(
    _("Certificates"),
    _("So that employers can check your certificates"),
    _(
        "Anybody who has the code; the trainers, reviewers and programme managers for your country and the"
        " administrators also without it"
    ),
    _(
        "As long as the site runs. If you have your data erased, the code, the course, the dates and the status stay, "
        "with a keyed fingerprint of your name that can only tell whether a name is right"
    ),
)

REGISTER = Register(
    models=(
        ModelPrivacy(
            "certificates.Certificate",
            (
                PersonalFields(
                    "learner",
                    CERTIFICATES,
                    OnErasure.REDUCED,
                    f"learner code achievement name {' '.join(FACTS)} issuer country issued_at issued_on time_zone "
                    "standing standing_reason standing_at pdf_sha256 pdf_size former_pdf_sha256s",
                    withheld="name_hash erased_at last_error",
                ),
                PersonalFields(
                    "standing_by",
                    CERTIFICATES,
                    OnErasure.UNNAMED,
                    "standing_by standing_at",
                    also={"certificate": "code"},
                ),
            ),
            "id state due_at claimed_until tries done_at replaces may_be_earned_again",
        ),
    ),
    tasks={"certificates.tasks.deliver": "pk", "certificates.tasks.tidy": ""},
    folders={"CERTIFICATE_ROOT": "certificates as PDF, under their fingerprints"},
)


def erase(person: User) -> list[Path]:
    """Reduce the person's certificates to what is needed to verify a printed copy, without any name.

    What is only being prepared is deleted. Return the paths of their PDFs, which the caller deletes.
    """
    privacy_register.erase(REGISTER, person)
    _lock(person)
    Certificate.objects.of(person).filter(standing=CertificateStatus.PREPARED).delete()
    return [path for certificate in Certificate.objects.of(person) for path in _reduce(certificate)]


def _lock(person: User) -> None:
    """Wait for transactions that finish or re-issue a certificate of this person, and keep new ones from starting.

    Those transactions lock the older certificate first, its successor second and the person third, so this takes its
    locks in the same order. Only a later query sees the rows they added. On SQLite this has no effect, because there is
    one writer at a time.
    """
    list(Certificate.objects.of(person).order_by("pk").select_for_update().values_list("pk", flat=True))
    list(User.objects.select_for_update().filter(pk=person.pk).values_list("pk", flat=True))


def _reduce(certificate: Certificate) -> list[Path]:
    Certificate.objects.this(certificate).update(
        name_hash=name_hash.keyed_hash(certificate.code, certificate.name),
        erased_at=timezone.now(),
        name="",
        learner=None,
        country="",
        score=None,
        max_score=None,
        language=settings.LANGUAGE_CODE,
        time_zone=settings.TIME_ZONE,
        # A new key, so that nothing in a backup or in the audit trail leads from the certificate to the person.
        achievement=uuid4(),
        standing_reason="",
        # Somebody who knows the other lines could render the PDF with one name after another and compare digests.
        pdf_sha256="",
        former_pdf_sha256s="",
        pdf_size=None,
        state=OutboxState.PENDING,
        done_at=None,
        last_error="",
    )
    return [pdfs.path_of(certificate.pdf_sha256)] if certificate.pdf_sha256 else []


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Yield (name in the data copy, path) of each PDF of the person."""
    for certificate in Certificate.objects.of(person).exclude(pdf_sha256="").iterator(500):
        yield f"certificates/{certificate.shown_code}.pdf", pdfs.path_of(certificate.pdf_sha256)
