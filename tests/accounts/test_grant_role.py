"""Giving a role in the admin: a country is chosen and not preset, and "every country" is asked about once more."""

import re

import pytest
from django.urls import reverse

from accounts.models import CountryScope, Email
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "roles:add"


@pytest.fixture(autouse=True)
def boss(client, administrator):
    factories.home()
    client.force_login(administrator)
    return administrator


def given() -> set[tuple[str, str]]:
    return set(CountryScope.objects.values_list("role", "country"))


def test_no_country_is_preset_and_none_is_refused(client, amina):
    form = client.get(reverse(URL)).content.decode().partition('name="country"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]*)" selected>', form) == [""]
    page = client.post(reverse(URL), {"email": amina.email, "role": "manager", "country": ""}).content.decode()
    assert (given(), f'value="{amina.email}"' in page) == (set(), True)


def test_one_country_needs_no_second_question(client, amina):
    form = {"email": amina.email, "role": "manager", "country": "KE"}
    assert [client.post(reverse(URL), form | {"your_password": wrong}).status_code for wrong in ("", "x")] == [200, 200]
    assert given() == set(), "an open session alone gives no role"
    assert client.post(reverse(URL), form | {"your_password": PASSWORD}).status_code == 302
    assert given() == {("manager", "KE")}
    (told,) = Email.objects.filter(kind="powers_given")
    assert "Programme manager, Kenya" in told.text


@pytest.mark.parametrize("role", ["trainer", "reviewer", "manager"])
def test_every_country_is_given_after_a_second_question_only(client, amina, role):
    form = {"email": amina.email, "role": role, "country": "*"}
    page = client.post(reverse(URL), form).content.decode()
    assert (given(), amina.name in page) == (set(), True)
    held = dict(re.findall(r'<input type="hidden" name="(email|role|country)" value="([^"]*)"', page))
    assert held == form
    back = client.post(reverse(URL), held | {"back": "1"}).content.decode()
    assert (given(), f'value="{amina.email}"' in back, '<option value="*" selected>' in back) == (set(), True, True)
    again = client.post(reverse(URL), held | {"every_country": "1", "your_password": "wrong"}).content.decode()
    assert (given(), "For every country?" in again, "wrong" in again) == (set(), True, False)
    assert client.post(reverse(URL), held | {"every_country": "1", "your_password": PASSWORD}).status_code == 302
    assert given() == {(role, "*")}


def test_the_answer_to_the_second_question_gives_nothing_to_oneself(client, boss):
    form = {"email": boss.email, "role": "manager", "country": "*", "every_country": "1"}
    form["your_password"] = PASSWORD
    assert client.post(reverse(URL), form).status_code == 200
    assert given() == set()
