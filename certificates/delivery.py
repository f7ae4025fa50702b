"""Make the PDF of a certificate and email its learner. Only the worker calls this module."""

from __future__ import annotations

import itertools
import time

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, override

from accounts import fault_injection, outbox
from accounts.emails import outgoing
from accounts.printable import shown, unprintable
from accounts.site_settings import current_operator
from certificates import pdf_store, rendering, validity
from certificates.models import Certificate, CertificateStatus

log = structlog.get_logger(__name__)
STALE_AFTER = 4 * outbox.LEASE.total_seconds()  # seconds; no worker is still writing a file this old


def deliver(pk: int) -> bool:
    """Make the PDF of one certificate if it is due. Return True if this call made it ready.

    The worker may be killed at any point. The row stays unfinished until the last commit, and the next try makes the
    same bytes under the same file name.
    """
    fault_injection.reach("certificate task begun", pk)
    return outbox.work(Certificate, pk, _deliver)


def _deliver(certificate: Certificate) -> bool:
    fault_injection.reach("certificate claimed", certificate.pk)
    try:
        pdf = render(certificate)
    except rendering.CannotBePrinted as error:
        _give_up(certificate, str(error))
        return False
    fault_injection.reach("certificate rendered", certificate.pk)
    sha256 = pdf_store.keep(pdf)
    fault_injection.reach("file in place", certificate.pk)
    ready = _finish(certificate, sha256, len(pdf))
    if not ready and not Certificate.objects.this(certificate).filter(erased_at=None).exists():
        pdf_store.remove(sha256)  # its holder was erased, or it was dropped, while the PDF was being made
    fault_injection.reach("certificate ready", certificate.pk)
    return ready


def tidy() -> int:
    """Remove the files that no certificate refers to. Return their number.

    A killed worker leaves such files behind, and they may show the name of an erased person.
    """
    removed, files = 0, pdf_store.stale_files(time.time() - STALE_AFTER)
    while batch := list(itertools.islice(files, 500)):
        rows = Certificate.objects.everybody("names of files").filter(pdf_sha256__in=[path.stem for path in batch])
        known = set(rows.values_list("pdf_sha256", flat=True))
        for path in batch:
            if path.suffix == ".part" or path.stem not in known:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def verify_url(code: str) -> str:
    """The public URL of a certificate without a language prefix, so that readers get the page in their own language."""
    with override(settings.LANGUAGE_CODE):
        path = reverse("certificates:show", args=[code])
        return settings.BASE_URL + path.removeprefix(f"/{get_language()}")


def render(certificate: Certificate) -> bytes:
    """Return the PDF of this certificate with today's accent colour and address. Raises rendering.CannotBePrinted."""
    url = verify_url(certificate.shown_code)
    check_at = url.split("://")[-1].removesuffix(f"{certificate.shown_code}/")
    return rendering.render(
        certificate.printed_fields(), accent=current_operator().accent, verify_url=url, check_at=check_at
    )


def _finish(certificate: Certificate, sha256: str, size: int) -> bool:
    """Mark the certificate as done and write the email to its learner, in one transaction.

    One that replaces another becomes valid in the same transaction, and the other one replaced. Return False and change
    nothing if the certificate is no longer unfinished, for example because it was revoked.
    """
    with transaction.atomic():
        pdf = {"pdf_sha256": sha256, "pdf_size": size}
        if certificate.standing == CertificateStatus.PREPARED:
            finished = validity.supersede(certificate, **pdf)
        else:
            finished = bool(Certificate.objects.unfinished().this(certificate).finish(**pdf))
        if not finished:
            transaction.set_rollback(True)
        elif certificate.learner:
            outgoing.send(
                "certificate_ready",
                certificate.learner.email,
                {"certificate": certificate, "verify_url": verify_url(certificate.shown_code)},
                key=f"certificate:{certificate.code}:ready",
                user=certificate.learner,
            )
        fault_injection.reach("certificate done", certificate.pk)
    return finished


def _give_up(certificate: Certificate, error: str) -> None:
    """Mark the certificate as failed at once, and tell its learner if it is the name that cannot be printed.

    No retry can help. The certificate that it was to replace stays valid.
    """
    log.error("certificate_cannot_be_printed", certificate=certificate.pk)
    signs = unprintable(certificate.name)
    with transaction.atomic():
        failed = Certificate.objects.unfinished().this(certificate).fail(error)
        if failed and signs and certificate.learner:
            outgoing.send(
                "certificate_not_printed",
                certificate.learner.email,
                {"certificate": certificate, "signs": shown(signs)},
                key=f"certificate:{certificate.code}:not printed",
                user=certificate.learner,
            )
