"""Certificates as the room above would ask for them."""

import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import translation

from accounts.models import Role
from accounts.roles import GROUPS
from certificates import delivery, issuing
from certificates.models import Certificate
from certificates.printed_fields import CertificateFacts


def facts(**changes) -> CertificateFacts:
    today = datetime.date.today()
    told = {
        "course": "Foundations: drug use disorders and the International Standards",
        "course_code": "C1",
        "hours": Decimal("3.00"),
        "score": Decimal("21"),
        "max_score": Decimal("24"),
        "edition": "International Standards 2020",
        "release": "1.1",
        "completed_on": today,
        "valid_until": today + datetime.timedelta(days=3 * 365),
        "language": "en",
    }
    return CertificateFacts(**(told | changes))


@pytest.fixture(autouse=True)
def english():
    """A page opened in another language leaves that language behind; no test begins with the last one's."""
    with translation.override("en"):
        yield


@pytest.fixture
def issue(db):
    """Issue to a learner; the file is still to be made."""

    def issue_to(learner, **changes) -> Certificate:
        return issuing.issue(learner, facts(**changes), uuid4())

    return issue_to


@pytest.fixture
def ready(issue):
    """Issue to a learner and print the file."""

    def printed_for(learner, **changes) -> Certificate:
        certificate = issue(learner, **changes)
        assert delivery.deliver(certificate.pk)
        certificate.refresh_from_db()
        return certificate

    return printed_for


@pytest.fixture
def admin_open(db):
    """The three staff groups may enter the admin, as the groundwork of a real site lays it."""
    access = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    for name in (GROUPS[role] for role in Role):
        Group.objects.get_or_create(name=name)[0].permissions.add(access)
