"""What the register keeps about people, and what is left of a certificate whose holder is erased."""

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
from accounts.privacy_register import About, Fate, Holding, Register, Topic
from certificates import name_hash
from certificates import pdf_store as pdfs
from certificates.models import Certificate
from certificates.printed_fields import FACTS

CERTIFICATES = Topic(
    _("Certificates"),
    _("So that an employer can check one"),
    _("Whoever has the code"),
    _(
        "As long as the site runs. When you have your data erased, the code, the course, the dates and the standing stay, "
        "with a keyed fingerprint of your name that only answers whether a name is right"
    ),
)

REGISTER = Register(
    holdings=(
        Holding(
            "certificates.Certificate",
            (
                About(
                    "learner",
                    CERTIFICATES,
                    Fate.REDUCED,
                    f"learner code achievement name {' '.join(FACTS)} issuer country issued_at standing standing_reason "
                    "standing_at pdf_sha256 pdf_size",
                    withheld="name_hash erased_at last_error",
                ),
                About(
                    "standing_by", CERTIFICATES, Fate.UNNAMED, "standing_by standing_at", also={"certificate": "code"}
                ),
            ),
            "id state due_at claimed_until tries done_at replaces",
        ),
    ),
    tasks={"certificates.tasks.deliver": "pk", "certificates.tasks.tidy": ""},
    folders={"CERTIFICATE_ROOT": "certificates as PDF, under their fingerprints"},
)


def erase(person: User) -> list[Path]:
    """Leave of the person's certificates what proves a paper, and nothing that says whose it was; their files."""
    privacy_register.erase(REGISTER, person)
    _close(person)
    return [path for certificate in Certificate.objects.of(person) for path in _reduce(certificate)]


def _close(person: User) -> None:
    """Wait for whoever is printing or re-issuing one of them, then let nobody issue another.

    In this order, as they take their locks: the certificate first, the person second. What they have added is seen by
    the next look only. (SQLite has one writer at a time; there it is nothing.)
    """
    list(Certificate.objects.of(person).select_for_update().values_list("pk", flat=True))
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
        # Another one, so that nothing in a backup or in the trail leads from the paper to the person.
        achievement=uuid4(),
        standing_reason="",
        # The fingerprint goes too: whoever has the other lines could print the paper with every name there is.
        pdf_sha256="",
        pdf_size=None,
        state=OutboxState.PENDING,
        done_at=None,
        last_error="",
    )
    return [pdfs.path_of(certificate.pdf_sha256)] if certificate.pdf_sha256 else []


def files(person: User) -> Iterator[tuple[str, Path]]:
    """(name in the copy, file) of the person's certificates."""
    for certificate in Certificate.objects.of(person).exclude(pdf_sha256="").iterator(500):
        yield f"certificates/{certificate.shown_code}.pdf", pdfs.path_of(certificate.pdf_sha256)
