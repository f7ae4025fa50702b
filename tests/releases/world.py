"""The small world of a release's archives: people, a course with a test, completions, a certificate with its PDF."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.support import databases
from tests.support.product import Product

SECRETS = {
    "SECRET_KEY": "k4-the-secret-of-the-archives-of-releases-0123456789-ABC",
    "CERTIFICATE_NAME_KEY": "n4-the-key-of-names-of-these-archives-9876543210-XYZ-uv",
}
FILE = "{engine}.tar.gz"
EXPECTED = "expected.json"
CREATE = """
from django.db import connection
from accounts.emails.delivery import deliver_email
from accounts.models import Email, User
from certificates import delivery
from certificates.models import Certificate
from courses.models.pages import CoursePage
from quizzes import attempts
from tests.quizzes import factories
from tests.support.people import person
page = factories.course_with_test(("single", "multiple", "numeric"), lessons=2)
learners = [person(f"{name} of Kenya", "KE") for name in ("Amina", "Baraka", "Chausiku")]
people = [factories.enrol(learner, page) for learner in learners]
for enrolment in people[:2]:
    attempt = attempts.start(enrolment, page)
    factories.answer_all(attempt)
    attempts.submit(attempt)
for certificate in Certificate.objects.everybody("a release").order_by("pk")[:1]:
    delivery.deliver(certificate.pk)
answer = ""
"""
FACTS = """
from accounts.models import Email, User
from certificates import pdf_check
from certificates.models import Certificate, CertificateStatus
from courses.models.records import Completion, Enrolment
from quizzes.models.records import Attempt, Mark
certificates = Certificate.objects.everybody("a release").filter(standing=CertificateStatus.VALID)
answer = {
    "people": sorted(User.objects.values_list("name", flat=True)),
    "enrolments": Enrolment.objects.everybody("a release").count(),
    "completions": Completion.objects.everybody("a release").count(),
    "marks": Mark.objects.count(),
    "emails": Email.objects.everybody("a release").count(),
    "certificates": [
        [row.code, row.name, row.course, str(row.completed_on)] for row in certificates.order_by("code")
    ],
    "files": sorted(row.pdf_sha256 for row in certificates.exclude(pdf_sha256="")),
}
"""


def create(folder: Path, services: bool) -> Product:
    """Make an installation with the world. The caller stops it."""
    product = Product(folder, services, **SECRETS)
    with databases.one_process_at_a_time():  # the migrated template, without the Standards, which would be large
        if services:
            databases.create(product.database, databases.postgresql_template())
        else:
            shutil.copy(databases.sqlite_template(), folder / "db.sqlite3")
    product.python(CREATE)
    return product


def facts(product: Product) -> dict:
    """What must be the same after restoring and migrating, in words that no migration changes."""
    return product.python(FACTS)


def dump(product: Product, folder: Path, engine: str) -> Path:
    """Write the archive of this installation and what it must contain. Return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE.format(engine=engine)
    product.manage("backup", str(path))
    path.chmod(0o644)
    expected = folder / EXPECTED
    known = json.loads(expected.read_text()) if expected.exists() else {}
    expected.write_text(json.dumps(known | {engine: facts(product)}, indent=1) + "\n")
    return path
