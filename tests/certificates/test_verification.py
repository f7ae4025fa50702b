"""What a stranger with a code may read."""

import datetime
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.ratelimit.limiter import Throttle
from certificates import codes, issuing, pdf_store, verification
from certificates.models import Certificate

UNKNOWN = "0000-0000-0000-0000"


def page(certificate: Certificate | str) -> str:
    code = certificate if isinstance(certificate, str) else certificate.shown_code
    return reverse("certificates:show", args=[code])


def words(response) -> str:
    """The page as it reads: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def facts_of(response) -> dict[str, str]:
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", response.content.decode())
    return {label: re.sub(r"<[^>]+>", "", value) for label, value in pairs}


def test_a_valid_certificate_shows_every_printed_field(client, amina, ready):
    certificate = ready(
        amina, completed_on=datetime.date(2026, 11, 30), valid_until=datetime.date(2999, 11, 30), hours="3.00"
    )
    response = client.get(page(certificate))
    assert response.status_code == 200
    assert facts_of(response) == {
        "Name": "Amina Yusuf Hassan",
        "Course": "Foundations: drug use disorders and the International Standards",
        "Course code": "C1",
        "Hours": "3",
        "Result": "Passed, 21 of 24",
        "Completed": "30 November 2026",
        "Valid until": "30 November 2999",
        "Edition taught": "International Standards 2020; course release 1.1",
        "Issued by": "National Training Centre",
        "Issued on": certificate.issued_at.strftime("%-d %B %Y"),
    }
    text = words(response)
    assert "Valid We issued this certificate and it stands." in text
    assert "WHO and UNODC do not endorse it." in text
    assert " ".join(re.findall("....", certificate.pdf_sha256)) in text
    assert re.search(r"Looked up on .* at \d\d:\d\d UTC\.", text)


def test_the_page_is_neither_kept_nor_indexed(client, amina, ready):
    certificate = ready(amina)
    for address in (page(certificate), page(UNKNOWN)):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_an_expired_one_says_until_when_it_was_valid(client, amina, ready):
    certificate = ready(amina, valid_until=datetime.date(2020, 1, 31))
    text = words(client.get(page(certificate)))
    assert "Expired We issued this certificate. It was valid until 31 January 2020" in text
    assert "it stands" not in text


def test_a_revoked_one_says_when_and_why_from_the_next_request(client, amina, rosa, ready):
    certificate = ready(amina)
    assert "Valid We issued" in words(client.get(page(certificate)))
    issuing.revoke(certificate, "The test was sat by somebody else.", rosa)
    text = words(client.get(page(certificate)))
    assert "Revoked We issued this certificate and withdrew it on" in text
    assert "Reason given: The test was sat by somebody else." in text
    assert "it stands" not in text
    assert rosa.name not in text


def test_a_replaced_one_leads_to_its_successor_and_the_successor_does_not_name_it(client, amina, rosa, ready):
    old = ready(amina)
    amina.name = "Amina Yusuf Hasan"
    amina.save()
    new = issuing.reissue(old, rosa, "Name misspelt")
    response = client.get(page(old))
    assert f'href="{page(new)}"' in response.content.decode()
    assert "Replaced We issued this certificate, and on" in words(response)
    assert "Reason given: Name misspelt" in words(response)
    assert facts_of(response)["Name"] == "Amina Yusuf Hassan"
    successor = client.get(page(new)).content.decode()
    assert "Issued, in place of an earlier certificate" in successor
    assert old.shown_code not in successor
    assert "Amina Yusuf Hassan" not in successor


def test_before_its_file_is_made_the_register_already_answers(client, amina, issue):
    response = client.get(page(issue(amina)))
    assert "still being made" in words(response)
    assert facts_of(response)["Name"] == "Amina Yusuf Hassan"


def test_an_unknown_code_is_404_with_the_form_to_try_again(client, db):
    response = client.get(page(UNKNOWN))
    assert response.status_code == 404
    assert "Unknown We issued no certificate with this code." in words(response)
    assert f'value="{UNKNOWN}"' in response.content.decode()


@pytest.mark.parametrize("typed", ["mine-not", "K7QM", "%00", "🙂" * 16, "K" * 300])
def test_what_cannot_be_a_code_is_404_with_a_hint(client, db, typed):
    response = client.get(page(typed) if "%" not in typed else "/en/certificates/%00/")
    assert response.status_code == 404
    assert "certificates/check.html" in [template.name for template in response.templates]
    assert 'class="field invalid"' in response.content.decode()


def test_the_form_leads_to_the_page_however_the_code_is_typed(client, amina, ready):
    certificate = ready(amina)
    typed = certificate.shown_code.lower().replace("-", " ").replace("0", "o")
    response = client.get(reverse("certificates:check"), {"code": typed})
    assert (response.status_code, response["Location"]) == (302, page(certificate))


def test_the_form_shows_an_example_and_says_what_is_wrong(client, db):
    plain = client.get(reverse("certificates:check"))
    assert codes.EXAMPLE.replace("-", "\u2011") in plain.content.decode()
    assert "field err" not in plain.content.decode()
    for typed in ("", "K7QM", "x" * 500):
        response = client.get(reverse("certificates:check"), {"code": typed})
        assert response.status_code == 200
        assert 'class="field invalid"' in response.content.decode()


def test_the_page_opens_in_every_language(client, amina, ready, settings):
    certificate = ready(amina)
    for language, _name in settings.LANGUAGES:
        response = client.get(f"/{language}/certificates/{certificate.shown_code}/")
        assert response.status_code == 200
        assert f'lang="{language}"' in response.content.decode()
    unprefixed = client.get(f"/certificates/{certificate.shown_code}/", headers={"accept-language": "ar"})
    assert unprefixed["Location"] == f"/ar/certificates/{certificate.shown_code}/"


# The file ---------------------------------------------------------------------------------------


def upload(client, certificate, content: bytes, name="certificate.pdf"):
    return client.post(page(certificate), {"pdf": SimpleUploadedFile(name, content, "application/pdf")})


def test_our_own_file_is_recognised_and_a_changed_one_is_not(client, amina, ready):
    certificate = ready(amina)
    ours = pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    assert "It is our file" in words(upload(client, certificate, ours))
    assert "It is not our file" in words(upload(client, certificate, ours + b"\n"))
    assert "It is not our file" in words(upload(client, certificate, b"not a PDF at all"))


def test_the_file_of_another_certificate_is_not_ours(client, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka)
    other = pdf_store.path_of(his.pdf_sha256).read_bytes()
    assert "It is not our file" in words(upload(client, hers, other))


def test_no_copy_of_the_file_is_kept(client, amina, ready, settings, tmp_path):
    certificate = ready(amina)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    upload(client, certificate, b"x" * (3 * 1024 * 1024))
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "The file is empty."), (b"x" * (verification.MAX_UPLOAD + 1), "The file is larger than 5 MB.")],
    ids=["empty", "too large"],
)
def test_a_file_that_cannot_be_ours_is_refused_in_words(client, amina, ready, content, said):
    response = upload(client, ready(amina), content)
    assert response.status_code == 200
    assert said in words(response)
    assert "our file" not in words(response).replace("not our file", "")


def test_comparing_without_a_file_asks_for_one(client, amina, ready):
    assert "Choose the file first." in words(client.post(page(ready(amina))))


def test_other_methods_are_refused(client, amina, ready):
    certificate = ready(amina)
    assert [getattr(client, verb)(page(certificate)).status_code for verb in ("put", "patch", "delete")] == [405] * 3
    assert client.post(reverse("certificates:check")).status_code == 405


# Guessing ---------------------------------------------------------------------------------------


def guess(client, number: int, **extra):
    return client.get(page(codes.shown(f"{number:016d}")), **extra)


def test_after_thirty_unknown_codes_nothing_is_told_for_ten_minutes(client, amina, ready):
    certificate = ready(amina)
    with time_machine.travel(timezone.now(), tick=False):
        assert [guess(client, number).status_code for number in range(30)] == [404] * 30
        assert guess(client, 31).status_code == 429
        blocked = client.get(page(certificate))
    assert (blocked.status_code, blocked["Retry-After"]) == (429, "600")
    assert "Amina" not in blocked.content.decode()
    assert client.get(page(certificate), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_known_codes_are_not_counted(client, amina, ready):
    certificate = ready(amina)
    assert {client.get(page(certificate)).status_code for _ in range(40)} == {200}
    assert guess(client, 1).status_code == 404


def test_the_address_of_who_guesses_is_not_kept(client, db):
    guess(client, 1, REMOTE_ADDR="192.0.2.7")
    assert "192.0.2.7" not in str(Throttle.objects.values())


def test_the_page_costs_the_same_queries_with_any_history(client, amina, rosa, ready, django_assert_num_queries):
    old = ready(amina)
    client.get(page(old))
    with django_assert_num_queries(2):  # the throttle, the certificate
        client.get(page(old))
    issuing.reissue(old, rosa, "Name misspelt")
    with django_assert_num_queries(2):
        client.get(page(old))
