"""The public page of a certificate, for anybody who has its code."""

import datetime
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.ratelimit.limiter import Throttle
from certificates import codes, delivery, issuing, pdf_store, verification
from certificates.models import Certificate

UNKNOWN = "0000-0000-0000-0000"


def url_of(certificate: Certificate | str) -> str:
    code = certificate if isinstance(certificate, str) else certificate.shown_code
    return reverse("certificates:show", args=[code])


def text_of(response) -> str:
    """The text of the page without tags, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def fields_of(response) -> dict[str, str]:
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", response.content.decode())
    return {label: re.sub(r"<[^>]+>", "", value) for label, value in pairs}


def test_a_valid_certificate_shows_every_printed_field(client, amina, ready):
    certificate = ready(
        amina, completed_on=datetime.date(2026, 11, 30), valid_until=datetime.date(2999, 11, 30), hours="3.00"
    )
    response = client.get(url_of(certificate))
    assert response.status_code == 200
    assert fields_of(response) == {
        "Name": "Amina Yusuf Hassan",
        "Course": "Foundations: drug use disorders and the International Standards",
        "Course code": "C1",
        "Hours": "3",
        "Result": "Passed, 21 of 24",
        "Completed": "30 November 2026",
        "Valid until": "30 November 2999",
        "Edition taught": "International Standards 2020; course release 1.1",
        "Issued by": "National Training Centre",
        "Issued on": certificate.issued_on.strftime("%-d %B %Y"),
    }
    text = text_of(response)
    assert "Valid We issued this certificate and it is valid." in text
    assert "WHO and UNODC do not endorse it." in text
    assert " ".join(re.findall("....", certificate.pdf_sha256)) in text
    assert re.search(r"Checked on .* at \d\d:\d\d UTC\.", text)


def test_a_certificate_without_a_test_says_so(client, amina, ready):
    certificate = ready(amina, score=None, max_score=None)
    assert fields_of(client.get(url_of(certificate)))["Result"] == "Completed, without a test"


def test_the_page_is_neither_cached_nor_indexed(client, amina, ready):
    certificate = ready(amina)
    for address in (url_of(certificate), url_of(UNKNOWN)):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_an_expired_certificate_shows_its_last_valid_day(client, amina, ready):
    certificate = ready(amina, valid_until=datetime.date(2020, 1, 31))
    text = text_of(client.get(url_of(certificate)))
    assert "Expired We issued this certificate. It was valid until 31 January 2020" in text
    assert "it is valid" not in text


def test_a_revoked_certificate_shows_date_and_reason_from_the_next_request(client, amina, rosa, ready):
    certificate = ready(amina)
    assert "Valid We issued" in text_of(client.get(url_of(certificate)))
    issuing.revoke(certificate, "The test was sat by somebody else.", rosa)
    text = text_of(client.get(url_of(certificate)))
    assert "Revoked We issued this certificate and revoked it on" in text
    assert "Reason given: The test was sat by somebody else." in text
    assert "it is valid" not in text
    assert rosa.name not in text


def test_a_replaced_certificate_links_to_its_successor_but_not_the_reverse(client, amina, rosa, ready):
    old = ready(amina)
    amina.name = "Amina Yusuf Hasan"
    amina.save()
    new = issuing.reissue(old, rosa, "Name misspelt")
    assert "Valid We issued" in text_of(client.get(url_of(old)))
    assert client.get(url_of(new)).status_code == 404
    delivery.deliver(new.pk)
    response = client.get(url_of(old))
    assert f'href="{url_of(new)}"' in response.content.decode()
    assert "Replaced We issued this certificate and replaced it with another one on" in text_of(response)
    assert "Reason given: Name misspelt" in text_of(response)
    assert fields_of(response)["Name"] == "Amina Yusuf Hassan"
    successor = client.get(url_of(new)).content.decode()
    assert "Issued to replace an earlier certificate" in successor
    assert old.shown_code not in successor
    assert "Amina Yusuf Hassan" not in successor


def test_the_page_is_complete_before_the_pdf_is_made(client, amina, issue):
    response = client.get(url_of(issue(amina)))
    assert "still being made" in text_of(response)
    assert fields_of(response)["Name"] == "Amina Yusuf Hassan"


def test_an_unknown_code_is_404_with_the_form(client, db):
    response = client.get(url_of(UNKNOWN))
    assert response.status_code == 404
    assert "Unknown We issued no certificate with this code." in text_of(response)
    assert f'value="{UNKNOWN}"' in response.content.decode()


@pytest.mark.parametrize("typed", ["mine-not", "K7QM", "%00", "🙂" * 16, "K" * 300])
def test_a_malformed_code_is_404_with_a_hint(client, db, typed):
    response = client.get(url_of(typed) if "%" not in typed else "/en/certificates/%00/")
    assert response.status_code == 404
    assert "certificates/check.html" in [template.name for template in response.templates]
    assert 'class="field invalid"' in response.content.decode()


def test_the_form_accepts_a_code_in_any_spelling(client, amina, ready):
    certificate = ready(amina)
    typed = certificate.shown_code.lower().replace("-", " ").replace("0", "o")
    response = client.get(reverse("certificates:check"), {"code": typed})
    assert (response.status_code, response["Location"]) == (302, url_of(certificate))


def test_the_form_shows_an_example_and_error_messages(client, db):
    empty = client.get(reverse("certificates:check"))
    assert codes.EXAMPLE.replace("-", "\u2011") in empty.content.decode()
    assert "field err" not in empty.content.decode()
    for typed in ("", "K7QM", "x" * 500):
        response = client.get(reverse("certificates:check"), {"code": typed})
        assert response.status_code == 200
        assert 'class="field invalid"' in response.content.decode()


def test_the_page_opens_in_every_language(client, amina, ready, settings):
    certificate = ready(amina)
    for language, _name in settings.INTERFACE_LANGUAGES:
        response = client.get(f"/{language}/certificates/{certificate.shown_code}/")
        assert response.status_code == 200
        assert f'lang="{language}"' in response.content.decode()
    unprefixed = client.get(f"/certificates/{certificate.shown_code}/", headers={"accept-language": "ar"})
    assert unprefixed["Location"] == f"/ar/certificates/{certificate.shown_code}/"


# The file ---------------------------------------------------------------------------------------


def upload(client, certificate, content: bytes, name="certificate.pdf"):
    return client.post(url_of(certificate), {"pdf": SimpleUploadedFile(name, content, "application/pdf")})


def test_our_own_file_is_recognised_and_a_changed_file_is_not(client, amina, ready):
    certificate = ready(amina)
    ours = pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    assert "This is our file" in text_of(upload(client, certificate, ours))
    assert "This is not our file" in text_of(upload(client, certificate, ours + b"\n"))
    assert "This is not our file" in text_of(upload(client, certificate, b"not a PDF at all"))


def test_the_file_of_another_certificate_is_not_ours(client, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka)
    other = pdf_store.path_of(his.pdf_sha256).read_bytes()
    assert "This is not our file" in text_of(upload(client, hers, other))


def test_no_copy_of_the_uploaded_file_is_stored(client, amina, ready, settings, tmp_path):
    certificate = ready(amina)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    upload(client, certificate, b"x" * (3 * 1024 * 1024))
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "The file is empty."), (b"x" * (verification.MAX_UPLOAD + 1), "The file is larger than 5 MB.")],
    ids=["empty", "too large"],
)
def test_an_empty_or_too_large_file_is_refused_with_a_message(client, amina, ready, content, message):
    response = upload(client, ready(amina), content)
    assert response.status_code == 200
    assert message in text_of(response)
    assert "our file" not in text_of(response).replace("not our file", "")


def test_comparing_without_a_file_asks_for_one(client, amina, ready):
    assert "Choose a file first." in text_of(client.post(url_of(ready(amina))))


def test_other_methods_are_refused(client, amina, ready):
    certificate = ready(amina)
    assert [getattr(client, verb)(url_of(certificate)).status_code for verb in ("put", "patch", "delete")] == [405] * 3
    assert client.post(reverse("certificates:check")).status_code == 405


# Guessing ---------------------------------------------------------------------------------------


def guess(client, number: int, **extra):
    return client.get(url_of(codes.shown(f"{number:016d}")), **extra)


def test_after_thirty_unknown_codes_every_code_is_blocked_for_ten_minutes(client, amina, ready):
    certificate = ready(amina)
    with time_machine.travel(timezone.now(), tick=False):
        assert [guess(client, number).status_code for number in range(30)] == [404] * 30
        assert guess(client, 31).status_code == 429
        blocked = client.get(url_of(certificate))
    assert (blocked.status_code, blocked["Retry-After"]) == (429, "600")
    assert "Amina" not in blocked.content.decode()
    assert client.get(url_of(certificate), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_known_codes_are_not_counted_as_guesses(client, amina, ready):
    certificate = ready(amina)
    assert {client.get(url_of(certificate)).status_code for _ in range(40)} == {200}
    assert guess(client, 1).status_code == 404


def test_the_network_address_is_not_stored(client, db):
    guess(client, 1, REMOTE_ADDR="192.0.2.7")
    assert "192.0.2.7" not in str(Throttle.objects.values())


def test_the_page_takes_the_same_queries_with_any_history(client, amina, rosa, ready, django_assert_num_queries):
    certificate = ready(amina)
    client.get(url_of(certificate))
    with django_assert_num_queries(2):  # the throttle, the certificate
        client.get(url_of(certificate))
    delivery.deliver(issuing.reissue(certificate, rosa, "Name misspelt").pk)
    with django_assert_num_queries(2):
        client.get(url_of(certificate))
