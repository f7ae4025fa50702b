"""A certificate withdrawn while it is issued again, asked for and looked at: the public page never says more than is true (R12)."""

import random
import re
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from certificates import delivery, issuing, tasks
from certificates.models import Certificate, Standing
from tests.certificates.conftest import facts
from tests.faults.experiment import SEED, Report, count
from tests.support import factories
from tests.support.people import person
from tests.support.races import together

pytestmark = [pytest.mark.django_db(transaction=True)]
INTERLEAVINGS = count(40, 200)


@pytest.fixture
def amina(on_disk, monkeypatch):
    """With a front page to serve, and nobody to wake: what is owed may wait."""
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda *args, **kwargs: None)
    factories.home()
    made = person("Amina Yusuf Hassan", "KE")
    on_disk()
    return made


HEADINGS = {Standing.VALID: "Valid", Standing.SUPERSEDED: "Replaced", Standing.REVOKED: "Revoked"}
# One of the two verbs has won: it is withdrawn, or another one stands in its place.
ENDINGS = ([Standing.REVOKED], [Standing.SUPERSEDED, Standing.VALID])


def says(certificate: Certificate) -> str:
    """The heading by which the public page tells a stranger how it stands."""
    page = Client().get(f"/en/certificates/{certificate.shown_code}/").content.decode()
    [heading] = re.findall(r'<h1 class="status.*?>(.*?)</h1>', page, re.DOTALL)
    return re.sub(r"<.*>", "", heading, flags=re.DOTALL).strip()


def all_of(first: Certificate) -> list[Certificate]:
    return list(Certificate.objects.filter(achievement=first.achievement).order_by("pk"))


def outcome(certificate: Certificate, dice: random.Random) -> list:
    """Revoke, issue again, issue, look: all at once, in an order of the dice."""
    learner = certificate.learner
    verbs = [
        lambda: issuing.revoke(Certificate.objects.get(pk=certificate.pk), "Issued to the wrong person", None),
        lambda: issuing.reissue(Certificate.objects.get(pk=certificate.pk), None, "Name corrected"),
        lambda: issuing.issue(learner, facts(), certificate.achievement),
        lambda: says(certificate),
        lambda: delivery.deliver(certificate.pk),
    ]
    dice.shuffle(verbs)
    return together(*verbs, expected=(Exception,))  # the caller counts what is no refusal


def test_withdrawn_and_issued_again_at_once_it_stands_once_at_most_and_the_page_says_so(amina):
    dice = random.Random(SEED)
    report = Report(f"R12 revoked and re-issued, {connection.vendor}", faults=INTERLEAVINGS)
    for _ in range(INTERLEAVINGS):
        first = issuing.issue(amina, facts(), uuid4())
        replies = outcome(first, dice)
        report.wrong += any(
            isinstance(reply, Exception) and not isinstance(reply, issuing.Refused) for reply in replies
        )
        rows = all_of(first)
        standings = [row.standing for row in rows]
        report.doubled += standings.count(Standing.VALID) > 1
        report.wrong += standings not in ENDINGS
        report.wrong += [says(row) for row in rows] != [HEADINGS[standing] for standing in standings]
        [told] = [reply for reply in replies if isinstance(reply, str)]  # while it happened
        report.wrong += told not in ("Valid", HEADINGS[standings[0]])
        report.acknowledged += 1
    assert report.holds(), [repr(reply) for reply in replies]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time")
def test_looking_first_and_writing_then_both_would_win(amina, monkeypatch):
    """The negative control: without the conditional update it is withdrawn and replaced."""

    def leave_carelessly(certificate, standing, reason, by) -> bool:
        found = Certificate.objects.filter(pk=certificate.pk, standing=Standing.VALID).exists()
        meet.wait()
        Certificate.objects.filter(pk=certificate.pk).update(standing=standing, standing_reason=reason)
        return found

    meet = threading.Barrier(2, timeout=30)
    first = issuing.issue(amina, facts(), uuid4())
    monkeypatch.setattr(issuing, "_leave_valid", leave_carelessly)
    replies = together(lambda: issuing.revoke(first, "x", None), lambda: issuing.reissue(first, None, "y"))
    assert (replies[0], type(replies[1])) == (True, Certificate)
