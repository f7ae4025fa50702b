"""Changes of the status of a certificate. Each happens once, by a conditional update.

Each updates the row of the certificate that is valid first and that of its successor second. So two changes at once
wait for each other, and the second one sees what the first one did.
"""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from certificates.models import Certificate, CertificateStatus


def hold(certificate: Certificate) -> bool:
    """Keep a valid certificate from changing until the end of the transaction. Return False if it is not valid."""
    valid = Certificate.objects.this(certificate).filter(standing=CertificateStatus.VALID)
    return bool(valid.update(standing=CertificateStatus.VALID))  # locks the row on both databases


def end(certificate: Certificate, standing: str, reason: str, by: User | None, **fields) -> bool:
    """Set the status of a valid certificate to `standing`. Return False if it was no longer valid.

    Every change away from valid goes through this. `fields` are set with it.
    """
    valid = Certificate.objects.this(certificate).filter(standing=CertificateStatus.VALID)
    change = {"standing": standing, "standing_reason": reason, "standing_at": timezone.now(), "standing_by": by}
    return bool(valid.update(**change, **fields))


def drop_successor(certificate: Certificate) -> None:
    """Delete the successor that is being prepared, if there is one. It was never valid, and nobody has its code."""
    successors = Certificate.objects.everybody("what was never valid").filter(replaces=certificate)
    successors.filter(standing=CertificateStatus.PREPARED).delete()


def supersede(successor: Certificate, **pdf) -> bool:
    """Record the PDF of a prepared certificate and put it in the place of the old one, in the caller's transaction.

    Return False if either has changed meanwhile; the caller must then roll back.
    """
    old = Certificate(pk=successor.replaces_id)
    if not end(old, CertificateStatus.SUPERSEDED, successor.standing_reason, successor.standing_by):
        return False
    prepared = Certificate.objects.unfinished().this(successor).filter(standing=CertificateStatus.PREPARED)
    return bool(prepared.finish(standing=CertificateStatus.VALID, standing_reason="", standing_by=None, **pdf))
