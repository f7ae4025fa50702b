"""Fixtures that issue certificates as `courses` does."""

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
    values = {
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
    return CertificateFacts(**(values | changes))


@pytest.fixture(autouse=True)
def english():
    """Start each test in English. A request in another language leaves that language active."""
    with translation.override("en"):
        yield


@pytest.fixture
def issue(db):
    """A function that issues a certificate to a learner, without its PDF."""

    def issue_to(learner, **changes) -> Certificate:
        return issuing.issue(learner, facts(**changes), uuid4())

    return issue_to


@pytest.fixture
def ready(issue):
    """A function that issues a certificate to a learner and makes its PDF."""

    def issue_and_deliver(learner, **changes) -> Certificate:
        certificate = issue(learner, **changes)
        assert delivery.deliver(certificate.pk)
        certificate.refresh_from_db()
        return certificate

    return issue_and_deliver


@pytest.fixture
def admin_access(db):
    """The three staff groups may open the admin, as `manage.py prepare` sets it up."""
    access = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    for name in (GROUPS[role] for role in Role):
        Group.objects.get_or_create(name=name)[0].permissions.add(access)
