"""One day for a completion: the learner's, frozen. Pages, report, files and certificate agree, whoever reads them."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import openpyxl
import pypdf
import pytest
import time_machine
from django.urls import reverse
from wagtail.users.models import UserProfile

from accounts.models import Email, User
from certificates import delivery, issuing, pdf_store
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.records import Enrolment
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# 15 March in Nairobi; still the 14th in UTC and in Lima.
LATE = datetime.fromisoformat("2026-03-14T22:30:00Z")
DAY = date(2026, 3, 15)


@pytest.fixture
def care(db):
    return factories.course(lessons=1)


@pytest.fixture
def completed(amina, rosa, care) -> Enrolment:
    """Amina in Nairobi completes the course late in the evening of UTC. Rosa, the manager, is in Lima."""
    User.objects.filter(pk=rosa.pk).update(time_zone="America/Lima")
    with time_machine.travel(LATE, tick=False):
        joined = enrolment.join(amina, care.translation_key)
        progress.complete_step(joined, factories.lessons_of(care)[0].translation_key)
        assert delivery.deliver(Certificate.objects.get().pk)
    joined.refresh_from_db()
    return joined


def pages(client, certificate: Certificate, care) -> dict[str, str]:
    """Every page that shows the day of completion or issue, as its readers get it."""
    amina, rosa = (User.objects.get(email=f"{name}@example.org") for name in ("amina", "rosa"))
    public = client.get(reverse("certificates:show", args=[certificate.shown_code])).content.decode()
    client.force_login(amina)
    own = {
        name: client.get(url).content.decode() for name, url in (("course", care.url), ("mine", reverse("learning")))
    }
    client.force_login(rosa)
    report = client.get(reverse("completion_report")).content.decode()
    register = client.get(reverse("register:index")).content.decode()
    pdf = pypdf.PdfReader(pdf_store.path_of(certificate.pdf_sha256)).pages[0].extract_text()
    return {"public": public, **own, "report": report, "register": register, "pdf": " ".join(pdf.split())}


def test_every_page_shows_the_day_that_the_learner_had_also_after_a_move(client, completed, care):
    for zone in ("Africa/Nairobi", "Pacific/Pago_Pago", "Pacific/Kiritimati"):
        User.objects.filter(email="amina@example.org").update(time_zone=zone)
        certificate = Certificate.objects.get()
        assert (completed.completed_on, certificate.completed_on, certificate.issued_on) == (DAY, DAY, DAY)
        for name, page in pages(client, certificate, care).items():
            assert re.search("15 Mar(ch)? 2026", page), (zone, name)
            if name != "report":  # "Joined on" moves with the person
                assert not re.search("14 Mar(ch)? 2026", page), (zone, name)
            client.logout()


def test_the_files_and_the_filter_of_the_report_use_that_day(client, completed, rosa):
    client.force_login(rosa)
    url = reverse("completion_report")
    text = client.get(url, {"export": "csv"}).getvalue().decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["Joined on"], row["Completed on"]) == ("2026-03-15", "2026-03-15")
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(url, {"export": "xlsx"}).getvalue())).active
    headings, cells = sheet.iter_rows(values_only=True)
    assert str(dict(zip(headings, cells, strict=True))["Completed on"]).startswith("2026-03-15")
    assert "Amina" in client.get(url, {"since": "2026-03-15"}).content.decode()
    assert "Amina" not in client.get(url, {"since": "2026-03-16"}).content.decode()


def test_renewal_opens_and_validity_ends_by_the_same_days(completed):
    certificate = Certificate.objects.get()
    assert certificate.valid_until == date(2029, 3, 15)
    opens = certificate.valid_until - enrolment.RENEWAL
    midnight = datetime.fromisoformat(f"{opens}T00:00:00+03:00")  # in Nairobi
    for moment, expected in ((midnight - timedelta(seconds=1), False), (midnight, True)):
        with time_machine.travel(moment, tick=False):
            assert enrolment.may_renew(completed) is expected


def test_a_status_changes_on_a_day_of_the_holder_in_the_email_and_on_the_page(client, completed, rosa):
    certificate = Certificate.objects.get()
    client.force_login(rosa)
    with time_machine.travel(LATE, tick=False):
        client.post(reverse("register:revoke", args=[certificate.pk]), {"reason": "Not hers"})
    email = Email.objects.get(kind="certificate_revoked")
    page = client.get(reverse("certificates:show", args=[certificate.shown_code])).content.decode()
    assert ("15 March 2026" in email.text, "revoked it on 15 March 2026" in page) == (True, True)


def test_a_certificate_prints_the_title_that_the_course_has_on_the_day_of_issue(amina, care):
    joined = enrolment.join(amina, care.translation_key)
    care.title = "Care for everybody"
    care.save_revision().publish()
    progress.complete_step(joined, factories.lessons_of(care)[0].translation_key)
    care.title = "Another title"
    care.save_revision().publish()
    assert Certificate.objects.get().course == "Care for everybody"


@pytest.mark.parametrize("with_profile", [False, True])
def test_the_admin_shows_and_names_the_time_zone_of_the_viewers_details(client, completed, rosa, with_profile):
    if with_profile:
        UserProfile.objects.create(user=rosa, current_time_zone="Asia/Tokyo")
    certificate = Certificate.objects.get()
    with time_machine.travel(LATE, tick=False):
        issuing.revoke(certificate, "Not hers", None)
    client.force_login(rosa)
    page = client.get(reverse("register:inspect", args=[certificate.pk])).content.decode()
    assert "14 March 2026, 17:30" in page  # when the status changed
    assert "Times are in the time zone America/Lima." in page
    assert "time_zone" not in client.get(reverse("wagtailadmin_account")).content.decode()
