"""A certificate is revoked, reissued, issued and viewed at once: the public page never shows a false status (R12)."""

import random
import re
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from certificates import delivery, issuing, tasks, validity
from certificates.models import Certificate, CertificateStatus
from tests.certificates.conftest import facts
from tests.faults.experiment import SEED, Report, count
from tests.support import factories
from tests.support.people import person
from tests.support.races import together

pytestmark = [pytest.mark.django_db(transaction=True)]
INTERLEAVINGS = count(40, 200)


@pytest.fixture
def amina(on_disk, monkeypatch):
    """A learner, with a home page and without a broker."""
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda *args, **kwargs: None)
    factories.home()
    made = person("Amina Yusuf Hassan", "KE")
    on_disk()
    return made


HEADINGS = {
    CertificateStatus.VALID: "Valid",
    CertificateStatus.SUPERSEDED: "Replaced",
    CertificateStatus.REVOKED: "Revoked",
}
# Either the revocation or the successor has won. A revocation drops what is only being prepared.
ENDINGS = ([CertificateStatus.REVOKED], [CertificateStatus.SUPERSEDED, CertificateStatus.VALID])


def public_heading(certificate: Certificate) -> str:
    """Return the heading of the public page, which shows the status."""
    page = Client().get(f"/en/certificates/{certificate.shown_code}/").content.decode()
    [heading] = re.findall(r'<h1 class="status.*?>(.*?)</h1>', page, re.DOTALL)
    return re.sub(r"<.*>", "", heading, flags=re.DOTALL).strip()


def all_of(first: Certificate) -> list[Certificate]:
    return list(Certificate.objects.filter(achievement=first.achievement).order_by("pk"))


def outcome(certificate: Certificate, dice: random.Random) -> list:
    """Revoke, reissue, issue and view concurrently, in random order. Return the results."""
    learner = certificate.learner
    verbs = [
        lambda: issuing.revoke(Certificate.objects.get(pk=certificate.pk), "Issued to the wrong person", None),
        lambda: delivery.deliver(issuing.reissue(Certificate.objects.get(pk=certificate.pk), None, "Name").pk),
        lambda: issuing.issue(learner, facts(), certificate.achievement),
        lambda: public_heading(certificate),
        lambda: delivery.deliver(certificate.pk),
    ]
    dice.shuffle(verbs)
    return together(*verbs, expected=(Exception,))  # the caller counts unexpected exceptions


def test_revoked_and_reissued_concurrently_at_most_one_is_valid_and_the_page_shows_it(amina):
    dice = random.Random(SEED)
    report = Report(f"R12 revoked and re-issued, {connection.vendor}", faults=INTERLEAVINGS)
    for _ in range(INTERLEAVINGS):
        first = issuing.issue(amina, facts(), uuid4())
        replies = outcome(first, dice)
        report.wrong += any(
            isinstance(reply, Exception) and not isinstance(reply, issuing.CertificateUnchangeable) for reply in replies
        )
        rows = all_of(first)
        standings = [row.standing for row in rows]
        report.doubled += standings.count(CertificateStatus.VALID) > 1
        report.wrong += standings not in ENDINGS
        report.wrong += [public_heading(row) for row in rows] != [HEADINGS[standing] for standing in standings]
        [heading] = [reply for reply in replies if isinstance(reply, str)]  # viewed meanwhile
        report.wrong += heading not in ("Valid", HEADINGS[standings[0]])
        report.acknowledged += 1
    assert report.holds(), (standings, heading, [repr(reply) for reply in replies])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time")
def test_control_without_the_conditional_update_both_win(amina, monkeypatch):
    """The certificate is then both revoked and replaced."""

    def end_validity_unconditionally(certificate, standing, reason, by) -> bool:
        was_valid = Certificate.objects.filter(pk=certificate.pk, standing=CertificateStatus.VALID).exists()
        meet.wait()
        Certificate.objects.filter(pk=certificate.pk).update(standing=standing, standing_reason=reason)
        return was_valid

    def both_win() -> bool:
        first = issuing.issue(amina, facts(), uuid4())
        successor = issuing.reissue(first, None, "y")
        revoked, replaced = together(lambda: issuing.revoke(first, "x", None), lambda: delivery.deliver(successor.pk))
        return revoked and replaced

    meet = threading.Barrier(2, timeout=30)
    monkeypatch.setattr(validity, "end", end_validity_unconditionally)
    assert any(both_win() for _ in range(12))
