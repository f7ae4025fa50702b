"""A learner's own certificates, and who may open their PDFs."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.outbox import OutboxState
from certificates import codes, delivery, issuing, pdf_store
from certificates.models import Certificate
from tests.support.people import PASSWORD

pytestmark = pytest.mark.once

LIST_URL = reverse("certificates:mine")
ROWS_URL = reverse("certificates:mine_rows")


def pdf(certificate: Certificate) -> str:
    return reverse("certificates:pdf", args=[certificate.shown_code])


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def as_person(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def test_the_list_shows_the_status_of_each_certificate(as_person, amina, rosa, issue, ready):
    client = as_person(amina)
    pending = issue(amina, course="Pending")
    failed = issue(amina, course="Failed")
    Certificate.objects.filter(pk=failed.pk).update(state=OutboxState.FAILED)
    done = ready(amina, course="Done")
    expired = ready(amina, course="Expired", valid_until="2020-01-31")
    revoked = ready(amina, course="Revoked")
    issuing.revoke(revoked, "Not hers", rosa)
    rows = dict(re.findall(r'<li id="c-(\w+)"[^>]*>(.*?)</li>', client.get(LIST_URL).content.decode(), re.DOTALL))
    status = {code: " ".join(re.sub(r"<[^>]+>", " ", row).split()) for code, row in rows.items()}
    assert (
        status[pending.code]
        == f"Pending Code {pending.shown_code} Your PDF is being made. It will be ready in about a minute."
    )
    assert "The PDF could not be made." in status[failed.code]
    assert "Valid until" in status[done.code]
    assert re.search(r"PDF, \d+\.\d.KB", status[done.code])
    assert "Expired. It was valid until 31 January 2020." in status[expired.code]
    assert "Reason given: Not hers" in status[revoked.code]
    assert [code for code, row in rows.items() if "/pdf/" in row] == [expired.code, done.code]


def test_a_row_is_marked_as_pending_while_its_pdf_is_being_made(as_person, amina, issue):
    client = as_person(amina)
    certificate = issue(amina)
    for address in (LIST_URL, ROWS_URL):
        page = client.get(address).content.decode()
        assert f'<li id="c-{certificate.code}" data-pending>' in page
        assert f'<div id="own" data-url="{ROWS_URL}">\n<p class="visually-hidden" role="status"></p>' in page
    delivery.deliver(certificate.pk)
    assert "data-pending" not in client.get(ROWS_URL).content.decode()


def test_failed_and_revoked_certificates_are_not_marked_as_pending(as_person, amina, issue):
    client = as_person(amina)
    revoked, failed = issue(amina), issue(amina)
    issuing.revoke(revoked, "Not hers", None)
    Certificate.objects.filter(pk=failed.pk).update(state=OutboxState.FAILED)
    assert "data-pending" not in client.get(ROWS_URL).content.decode()


def test_the_list_contains_only_the_learners_own_certificates(as_person, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka)
    text = text_of(as_person(amina).get(LIST_URL))
    assert hers.shown_code in text
    assert his.shown_code not in text


def test_without_certificates_the_page_says_how_to_get_one(as_person, amina):
    assert "You get one when you complete a course." in text_of(as_person(amina).get(LIST_URL))


@pytest.mark.parametrize("address", [LIST_URL, ROWS_URL, reverse("certificates:pdf", args=[codes.EXAMPLE])])
def test_anonymous_requests_are_redirected_to_the_sign_in_page(client, db, address):
    assert client.get(address)["Location"] == f"{reverse('account_login')}?next={address}"


def test_personal_pages_are_not_cached(as_person, amina, ready):
    certificate = ready(amina)
    client = as_person(amina)
    for address in (LIST_URL, ROWS_URL, pdf(certificate)):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_the_pdf_has_a_file_name_that_every_system_accepts(as_person, ready, amina):
    amina.name = 'أمينة / "يوسف"\r\n حسن'
    amina.save()
    certificate = ready(amina)
    response = as_person(amina).get(pdf(certificate))
    assert b"".join(response.streaming_content) == pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    header = response["Content-Disposition"]
    assert header.startswith(f"attachment; filename=\"certificate-{certificate.shown_code}.pdf\"; filename*=UTF-8''")
    assert re.fullmatch(r"[A-Za-z0-9%._~-]+", header.split("''")[1])
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_learners_and_staff_of_their_country_may_open_a_pdf(
    client, amina, baraka, rosa, omar, mona, administrator, ready
):
    hers, monas = ready(amina), ready(mona)
    statuses = {}
    for user in (amina, baraka, rosa, omar, mona, administrator):
        client.force_login(user)
        statuses[user.email.split("@")[0]] = [client.get(pdf(certificate)).status_code for certificate in (hers, monas)]
    assert statuses == {
        "amina": [200, 404],
        "baraka": [404, 404],
        "rosa": [200, 404],
        "omar": [404, 200],
        "mona": [404, 200],
        "admin": [200, 200],
    }


def test_a_missing_pdf_is_404(as_person, amina, issue, ready):
    client = as_person(amina)
    assert client.get(pdf(issue(amina))).status_code == 404
    missing = ready(amina)
    Path(pdf_store.path_of(missing.pdf_sha256)).unlink()
    assert client.get(pdf(missing)).status_code == 404
    for code in ("nonsense", codes.EXAMPLE):
        assert client.get(reverse("certificates:pdf", args=[code])).status_code == 404


def test_the_list_takes_the_same_queries_for_1_and_30_certificates(
    client, amina, ready, issue, django_assert_num_queries
):
    client.login(email=amina.email, password=PASSWORD)
    ready(amina)
    client.get(LIST_URL)
    with django_assert_num_queries(3):  # session, person, certificates
        client.get(ROWS_URL)
    for _ in range(29):
        issue(amina)
    with django_assert_num_queries(3):
        client.get(ROWS_URL)
