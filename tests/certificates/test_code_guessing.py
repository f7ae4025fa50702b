"""Certificate codes cannot be predicted or guessed, and an answer does not reveal how close a guess was."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.shortcuts import render
from django.urls import reverse

from certificates import codes, issuing, verification
from certificates.models import Certificate
from privacy import registry
from tests.faults.experiment import count
from tests.support.tokens import without_tokens

APP_DIR = Path(settings.BASE_DIR) / "certificates"
CODES = count(20_000, 1_000_000)
GUESSES = count(100, 10_000)
PREDICTABLE = {"random", "numpy", "uuid1", "uuid3", "uuid5", "getnode", "time_ns"}


def url_of(code: str) -> str:
    return reverse("certificates:show", args=[codes.shown(code)])


def similar_code(code: str) -> str:
    """Another code that differs only in its last character."""
    return code[:-1] + next(letter for letter in codes.ALPHABET if letter != code[-1])


# Generating codes ------------------------------------------------------------------------------------


def distinct(make, many: int) -> int:
    return len({make() for _ in range(many)})


def test_generated_codes_are_distinct():
    assert distinct(codes.new_code, CODES) == CODES


def test_control_short_codes_repeat():
    import secrets

    assert distinct(lambda: codes.new_code()[:3], 10_000) < 10_000
    assert distinct(lambda: secrets.token_hex(1), 10_000) < 10_000


def predictable_sources(source: str) -> list[str]:
    """The predictable sources of randomness that this source code uses."""
    used = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            used += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            used += [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            used.append(node.attr)
    return [name for name in used if set(name.split(".")) & PREDICTABLE]


def test_the_app_uses_no_predictable_source_of_randomness():
    assert {
        path.name: names for path in APP_DIR.rglob("*.py") if (names := predictable_sources(path.read_text()))
    } == {}
    assert "import secrets" in (APP_DIR / "codes.py").read_text()


@pytest.mark.parametrize("source", ["import random", "from random import choice", "from uuid import uuid1", "import numpy.random", "import uuid\nuuid.uuid1()"])  # fmt: skip
def test_control_a_predictable_source_is_detected(source):
    assert predictable_sources(source)


# Answers to guesses -------------------------------------------------------------------------------


def answer_to(client, code: str) -> tuple[int, str]:
    """The status and text of the answer, without the requested code."""
    response = client.get(url_of(code))
    text = without_tokens(response)
    return response.status_code, text.replace(codes.shown(code), "CODE").replace(code, "CODE")


def test_similar_and_unrelated_wrong_codes_get_identical_answers(client, amina, rosa, ready):
    revoked = ready(amina)
    issuing.revoke(revoked, "Issued by mistake.", rosa)
    answers = {answer_to(client, code) for code in (similar_code(revoked.code), "0" * 16, codes.new_code())}
    assert len(answers) == 1 and next(iter(answers))[0] == 404


def test_control_a_page_that_reveals_a_similar_code_is_detected(client, amina, ready, monkeypatch):
    certificate = ready(amina)

    def render_with_hint(request, template, context, status):
        response = render(request, template, context, status=status)
        if Certificate._base_manager.filter(code__startswith=codes.parse(context["code"])[:8]).exists():
            response.write(" Warm.")
        return response

    monkeypatch.setattr("certificates.views.render", render_with_hint)
    assert len({answer_to(client, code) for code in (similar_code(certificate.code), "0" * 16)}) == 2


def test_malformed_and_unknown_codes_are_both_404(client, db):
    """The two pages may differ, because the difference depends only on the typed text and not on any record."""
    unknown, malformed = client.get(url_of("0" * 16)), client.get("/en/certificates/mine-not/")
    assert (unknown.status_code, malformed.status_code) == (404, 404)
    assert unknown["X-Robots-Tag"] == malformed["X-Robots-Tag"] == "noindex, nofollow"
    assert abs(len(unknown.content) - len(malformed.content)) < 0.1 * len(unknown.content)


def test_revoked_erased_and_valid_certificates_are_shown_to_whoever_has_the_code(client, amina, baraka, rosa, ready):
    revoked, erased, valid = ready(amina), ready(baraka), ready(amina)
    issuing.revoke(revoked, "Issued by mistake.", rosa)
    registry.erase(baraka)
    assert [client.get(url_of(certificate.code)).status_code for certificate in (revoked, erased, valid)] == [200] * 3


@pytest.mark.parametrize("url_name", ["certificates:pdf"])
def test_anonymous_requests_for_a_pdf_do_not_reveal_whether_it_exists(client, amina, ready, url_name):
    certificate = ready(amina)
    answers = [
        client.get(reverse(url_name, args=[codes.shown(code)]))
        for code in (certificate.code, similar_code(certificate.code))
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({len(answer["Location"]) for answer in answers}) == 1


def test_requests_of_another_learner_do_not_reveal_whether_a_pdf_exists(client, amina, baraka, ready):
    certificate = ready(amina)
    client.force_login(baraka)
    answers = [client.get(reverse("certificates:pdf", args=[codes.shown(code)])) for code in (certificate.code, similar_code(certificate.code))]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({len(answer.content) for answer in answers}) == 1


# Rate limit --------------------------------------------------------------------------


def enumerate_codes(client, real: str, many: int) -> tuple[int, int]:
    """The number of `many` guesses that were answered, and the status of a request for the real code after them."""
    methods = (
        lambda code, n: client.get(url_of(code)),
        lambda code, n: client.get(url_of(code).replace("/en/", "/ar/")),
        lambda code, n: client.get(url_of(code).lower(), headers={"x-forwarded-for": f"192.0.2.{n % 256}"}),
        lambda code, n: client.head(url_of(code), headers={"x-real-ip": f"192.0.2.{n % 256}", "forwarded": f"for=192.0.2.{n % 256}"}),
        lambda code, n: client.post(url_of(code), {"name": "Amina"}),
        lambda code, n: client.get(reverse("certificates:check"), {"code": code}, follow=True),
    )  # fmt: skip
    answers = [methods[number % len(methods)](f"{number:016d}", number).status_code for number in range(many)]
    return sum(status != 429 for status in answers), client.get(url_of(real)).status_code


def test_guessing_is_stopped_for_every_kind_of_request(client, amina, ready):
    assert enumerate_codes(client, ready(amina).code, GUESSES) == (verification.GUESSES.free, 429)


def test_control_without_counting_guessing_is_not_stopped(client, amina, ready, monkeypatch):
    monkeypatch.setattr(verification.limiter, "take", lambda limit, who: None)
    assert enumerate_codes(client, ready(amina).code, 60) == (60, 200)


def test_opening_a_page_issues_no_certificate(client, amina, ready):
    certificate = ready(amina)
    client.force_login(amina)
    for path in (
        url_of(certificate.code),
        reverse("certificates:mine"),
        reverse("certificates:mine_rows"),
        reverse("certificates:check"),
    ):
        assert client.get(path).status_code == 200
    assert list(Certificate._base_manager.values_list("pk", flat=True)) == [certificate.pk]
