"""Find PDFs of certificates that are missing or damaged, and print them again from the frozen facts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from accounts.audit import trail
from accounts.audit.trail import Verb
from certificates import delivery, pdf_store, rendering
from certificates.models import Certificate


class Kind(StrEnum):
    MISSING = "missing"
    DAMAGED = "damaged"


class Problem(NamedTuple):
    certificate: Certificate
    kind: Kind


class Repair(StrEnum):
    SAME = "printed again, the same file"
    CHANGED = "printed again, another file: fonts, template, address or colours have changed since"
    FAILED = "cannot be printed again"
    GONE = "no longer needed"


def problems() -> Iterator[Problem]:
    """Yield each certificate whose PDF is not in the store with the content that its digest says."""
    rows = Certificate.objects.everybody("all files are checked").exclude(pdf_sha256="").order_by("pk")
    for certificate in rows.iterator(500):
        if (kind := _kind(certificate.pdf_sha256)) and rows.this(certificate).exists():  # not erased meanwhile
            yield Problem(certificate, kind)


def _kind(sha256: str) -> Kind | None:
    try:
        with pdf_store.path_of(sha256).open("rb") as file:
            return None if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else Kind.DAMAGED
    except FileNotFoundError:
        return Kind.MISSING


def reprint(certificate: Certificate) -> Repair:
    """Print the PDF again. The same facts, fonts, template, address and accent colour give the same bytes.

    If the bytes differ, the certificate gets their digest and keeps the former one, because holders have that file and
    it must still verify.
    """
    try:
        pdf = delivery.render(certificate)
    except rendering.CannotBePrinted:
        return Repair.FAILED
    former = certificate.pdf_sha256
    sha256 = pdf_store.keep(pdf)
    if sha256 == former:
        return Repair.SAME
    if not _replace_digest(certificate, sha256, len(pdf)):
        return Repair.GONE  # certificates.delivery.tidy() removes the new file
    pdf_store.remove(former)  # at most a damaged one
    return Repair.CHANGED


def _replace_digest(certificate: Certificate, sha256: str, size: int) -> bool:
    """Store the digest of another printing. False if the certificate was erased or changed since it was read.

    The audit entry has no digests: they would stay after an erasure, and the name could be guessed from them.
    """
    former = f"{certificate.former_pdf_sha256s} {certificate.pdf_sha256}".strip()
    with transaction.atomic():
        unchanged = Certificate.objects.this(certificate).filter(pdf_sha256=certificate.pdf_sha256, erased_at=None)
        changed = unchanged.update(pdf_sha256=sha256, pdf_size=size, former_pdf_sha256s=former)
        if changed:
            trail.record(Verb.CERTIFICATE_REPRINTED, None, certificate)
    return bool(changed)
