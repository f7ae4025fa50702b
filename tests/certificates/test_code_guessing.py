"""The number of a certificate gives nothing away: not the next one, not whether a guess was near, and nobody may guess for long."""

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

ROOM = Path(settings.BASE_DIR) / "certificates"
MADE = count(100_000, 1_000_000)
GUESSES = count(300, 10_000)
FORESEEABLE = {"random", "numpy", "uuid1", "uuid3", "uuid5", "getnode", "time_ns"}


def page(code: str) -> str:
    return reverse("certificates:show", args=[codes.shown(code)])


def near(code: str) -> str:
    """Another code that differs in its last character only."""
    return code[:-1] + next(letter for letter in codes.ALPHABET if letter != code[-1])


# How it is made ------------------------------------------------------------------------------------


def distinct(make, many: int) -> int:
    return len({make() for _ in range(many)})


def test_no_two_of_very_many_are_alike():
    assert distinct(codes.new_code, MADE) == MADE


def test_control_a_number_that_is_too_short_is_alike_soon():
    import secrets

    assert distinct(lambda: codes.new_code()[:3], 10_000) < 10_000
    assert distinct(lambda: secrets.token_hex(1), 10_000) < 10_000


def foreseeable(source: str) -> list[str]:
    """Modules this source asks for chance though somebody could foresee what they answer."""
    asked = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            asked += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            asked += [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            asked.append(node.attr)
    return [name for name in asked if set(name.split(".")) & FORESEEABLE]


def test_the_room_asks_nobody_for_chance_whose_answer_could_be_foreseen():
    assert {path.name: names for path in ROOM.rglob("*.py") if (names := foreseeable(path.read_text()))} == {}
    assert "import secrets" in (ROOM / "codes.py").read_text()


@pytest.mark.parametrize("source", ["import random", "from random import choice", "from uuid import uuid1", "import numpy.random", "import uuid\nuuid.uuid1()"])  # fmt: skip
def test_control_a_foreseeable_source_is_seen(source):
    assert foreseeable(source)


# What a guess is told -------------------------------------------------------------------------------


def told(client, code: str) -> tuple[int, str]:
    """The answer, with what was asked taken out of it."""
    response = client.get(page(code))
    text = without_tokens(response)
    return response.status_code, text.replace(codes.shown(code), "CODE").replace(code, "CODE")


def test_a_near_miss_and_a_far_one_are_told_the_same_to_the_last_character(client, amina, rosa, ready):
    revoked = ready(amina)
    issuing.revoke(revoked, "Issued by mistake.", rosa)
    answers = {told(client, code) for code in (near(revoked.code), "0" * 16, codes.new_code())}
    assert len(answers) == 1 and next(iter(answers))[0] == 404


def test_control_a_page_that_tells_near_from_far_is_seen(client, amina, ready, monkeypatch):
    certificate = ready(amina)

    def talkative(request, template, context, status):
        response = render(request, template, context, status=status)
        if Certificate._base_manager.filter(code__startswith=codes.parse(context["code"])[:8]).exists():
            response.write(" Warm.")
        return response

    monkeypatch.setattr("certificates.views.render", talkative)
    assert len({told(client, code) for code in (near(certificate.code), "0" * 16)}) == 2


def test_what_cannot_be_a_code_is_as_missing_as_one_that_nobody_has(client, db):
    """Whoever reads the page can tell the two, and may: it is about what was typed. No record is asked."""
    unknown, malformed = client.get(page("0" * 16)), client.get("/en/certificates/mine-not/")
    assert (unknown.status_code, malformed.status_code) == (404, 404)
    assert unknown["X-Robots-Tag"] == malformed["X-Robots-Tag"] == "noindex, nofollow"
    assert abs(len(unknown.content) - len(malformed.content)) < 0.1 * len(unknown.content)


def test_revoked_erased_and_valid_are_all_known_to_whoever_has_the_code(client, amina, baraka, rosa, ready):
    revoked, erased, valid = ready(amina), ready(baraka), ready(amina)
    issuing.revoke(revoked, "Issued by mistake.", rosa)
    registry.erase(baraka)
    assert [client.get(page(each.code)).status_code for each in (revoked, erased, valid)] == [200] * 3


@pytest.mark.parametrize("door", ["certificates:pdf"])
def test_before_signing_in_the_file_is_asked_for_in_vain_whether_there_is_one_or_not(client, amina, ready, door):
    certificate = ready(amina)
    answers = [
        client.get(reverse(door, args=[codes.shown(code)])) for code in (certificate.code, near(certificate.code))
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({len(answer["Location"]) for answer in answers}) == 1


def test_nor_does_anybody_elses_account_tell(client, amina, baraka, ready):
    certificate = ready(amina)
    client.force_login(baraka)
    answers = [client.get(reverse("certificates:pdf", args=[codes.shown(code)])) for code in (certificate.code, near(certificate.code))]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({len(answer.content) for answer in answers}) == 1


# How long somebody may go on --------------------------------------------------------------------------


def enumerate_codes(client, real: str, many: int) -> tuple[int, int]:
    """How many of so many guesses were answered, and whether the real code among the last of them was."""
    ways = (
        lambda code, n: client.get(page(code)),
        lambda code, n: client.get(page(code).replace("/en/", "/ar/")),
        lambda code, n: client.get(page(code).lower(), headers={"x-forwarded-for": f"192.0.2.{n % 256}"}),
        lambda code, n: client.head(page(code), headers={"x-real-ip": f"192.0.2.{n % 256}", "forwarded": f"for=192.0.2.{n % 256}"}),
        lambda code, n: client.post(page(code), {"name": "Amina"}),
        lambda code, n: client.get(reverse("certificates:check"), {"code": code}, follow=True),
    )  # fmt: skip
    answers = [ways[number % len(ways)](f"{number:016d}", number).status_code for number in range(many)]
    return sum(status != 429 for status in answers), client.get(page(real)).status_code


def test_who_goes_through_the_numbers_is_stopped_whichever_way_they_ask(client, amina, ready):
    assert enumerate_codes(client, ready(amina).code, GUESSES) == (verification.GUESSES.free, 429)


def test_control_without_the_count_they_may_go_on(client, amina, ready, monkeypatch):
    monkeypatch.setattr(verification.limiter, "take", lambda limit, who: None)
    assert enumerate_codes(client, ready(amina).code, 60) == (60, 200)


def test_asking_for_a_page_issues_nothing(client, amina, ready):
    certificate = ready(amina)
    client.force_login(amina)
    for path in (
        page(certificate.code),
        reverse("certificates:mine"),
        reverse("certificates:mine_rows"),
        reverse("certificates:check"),
    ):
        assert client.get(path).status_code == 200
    assert list(Certificate._base_manager.values_list("pk", flat=True)) == [certificate.pk]
