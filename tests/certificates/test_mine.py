"""A learner's own certificates, and who else may open the file."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.outbox import OutboxState
from certificates import codes, delivery, issuing, pdf_store
from certificates.models import Certificate
from tests.support.people import PASSWORD

MINE = reverse("certificates:mine")
ROWS = reverse("certificates:mine_rows")


def pdf(certificate: Certificate) -> str:
    return reverse("certificates:pdf", args=[certificate.shown_code])


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def as_person(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def test_each_certificate_says_what_becomes_of_it(as_person, amina, rosa, issue, ready):
    client = as_person(amina)
    pending = issue(amina, course="Pending")
    dead = issue(amina, course="Dead")
    Certificate.objects.filter(pk=dead.pk).update(state=OutboxState.FAILED)
    done = ready(amina, course="Done")
    over = ready(amina, course="Over", valid_until="2020-01-31")
    gone = ready(amina, course="Gone")
    issuing.revoke(gone, "Not hers", rosa)
    rows = dict(re.findall(r'<li id="c-(\w+)"[^>]*>(.*?)</li>', client.get(MINE).content.decode(), re.DOTALL))
    said = {code: " ".join(re.sub(r"<[^>]+>", " ", row).split()) for code, row in rows.items()}
    assert said[pending.code] == f"Pending Code {pending.shown_code} Being printed. Ready in about a minute."
    assert "It could not be printed." in said[dead.code]
    assert "Valid until" in said[done.code]
    assert re.search(r"PDF, \d+\.\d.KB", said[done.code])
    assert "Expired; it was valid until 31 January 2020." in said[over.code]
    assert "Reason given: Not hers" in said[gone.code]
    assert [code for code, row in rows.items() if "/pdf/" in row] == [over.code, done.code]


def test_while_something_is_printed_its_row_is_marked_for_the_page_to_ask_again(as_person, amina, issue):
    client = as_person(amina)
    certificate = issue(amina)
    for address in (MINE, ROWS):
        page = client.get(address).content.decode()
        assert f'<li id="c-{certificate.code}" data-pending>' in page
        assert f'<div id="own" data-url="{ROWS}">\n<p class="visually-hidden" role="status"></p>' in page
    delivery.deliver(certificate.pk)
    assert "data-pending" not in client.get(ROWS).content.decode()


def test_what_was_given_up_or_withdrawn_is_not_waited_for(as_person, amina, issue):
    client = as_person(amina)
    withdrawn, dead = issue(amina), issue(amina)
    issuing.revoke(withdrawn, "Not hers", None)
    Certificate.objects.filter(pk=dead.pk).update(state=OutboxState.FAILED)
    assert "data-pending" not in client.get(ROWS).content.decode()


def test_the_list_holds_only_ones_own(as_person, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka)
    text = words(as_person(amina).get(MINE))
    assert hers.shown_code in text
    assert his.shown_code not in text


def test_with_none_yet_the_page_says_how_to_get_one(as_person, amina):
    assert "You get one when everything a course asks for is done." in words(as_person(amina).get(MINE))


@pytest.mark.parametrize("address", [MINE, ROWS, reverse("certificates:pdf", args=[codes.EXAMPLE])])
def test_whoever_is_not_signed_in_is_asked_to(client, db, address):
    assert client.get(address)["Location"] == f"{reverse('account_login')}?next={address}"


def test_own_pages_are_not_kept(as_person, amina, ready):
    certificate = ready(amina)
    client = as_person(amina)
    for address in (MINE, ROWS, pdf(certificate)):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_the_file_comes_with_a_name_every_system_can_keep(as_person, ready, amina):
    amina.name = 'أمينة / "يوسف"\r\n حسن'
    amina.save()
    certificate = ready(amina)
    response = as_person(amina).get(pdf(certificate))
    assert b"".join(response.streaming_content) == pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    header = response["Content-Disposition"]
    assert header.startswith(f"attachment; filename=\"certificate-{certificate.shown_code}.pdf\"; filename*=UTF-8''")
    assert re.fullmatch(r"[A-Za-z0-9%._~-]+", header.split("''")[1])
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_who_may_open_whose_file(client, amina, baraka, rosa, omar, mona, administrator, ready):
    hers, monas = ready(amina), ready(mona)
    allowed = {}
    for user in (amina, baraka, rosa, omar, mona, administrator):
        client.force_login(user)
        allowed[user.email.split("@")[0]] = [client.get(pdf(certificate)).status_code for certificate in (hers, monas)]
    assert allowed == {
        "amina": [200, 404],
        "baraka": [404, 404],
        "rosa": [200, 404],
        "omar": [404, 200],
        "mona": [404, 200],
        "admin": [200, 200],
    }


def test_a_file_that_is_not_there_is_404(as_person, amina, issue, ready):
    client = as_person(amina)
    assert client.get(pdf(issue(amina))).status_code == 404
    lost = ready(amina)
    Path(pdf_store.path_of(lost.pdf_sha256)).unlink()
    assert client.get(pdf(lost)).status_code == 404
    for code in ("nonsense", codes.EXAMPLE):
        assert client.get(reverse("certificates:pdf", args=[code])).status_code == 404


def test_the_list_costs_the_same_queries_with_1_and_with_30(client, amina, ready, issue, django_assert_num_queries):
    client.login(email=amina.email, password=PASSWORD)
    ready(amina)
    client.get(MINE)
    with django_assert_num_queries(3):  # session, person, certificates
        client.get(ROWS)
    for _ in range(29):
        issue(amina)
    with django_assert_num_queries(3):
        client.get(ROWS)
