"""The time zone at sign-up comes from the browser, or from the country; nobody is asked."""

import pytest
from babel.core import get_global
from django.urls import reverse
from django_countries import countries

from accounts.admin.user_form import PersonForm
from accounts.models import User
from accounts.time_zones import USUAL, allowed_zones, chosen_zone, usual_zone
from tests.accounts.test_signup import DETAILS
from tests.support import factories

pytestmark = pytest.mark.once


def test_every_country_has_a_usual_zone_and_those_with_several_are_decided():
    zones = get_global("territory_zones")
    several = {code for code, _name in countries if len(zones.get(code, [])) > 1}
    assert several == set(USUAL)
    assert all(usual_zone(code) in zones.get(code, ["UTC"]) for code, _name in countries)
    assert {usual_zone(code) for code, _name in countries} <= set(allowed_zones())


@pytest.mark.parametrize(
    ("sent", "zone"),
    [
        ("Africa/Nairobi", "Africa/Nairobi"),
        ("Asia/Calcutta", "Asia/Calcutta"),  # browsers send older names too
        ("UTC", "UTC"),
        ("", "Africa/Cairo"),
        ("Mars/Base", "Africa/Cairo"),
        ("Etc/GMT-3", "Africa/Cairo"),
        ("../../etc/passwd", "Africa/Cairo"),
    ],
)
def test_what_the_browser_sends_counts_only_if_a_person_may_have_it(sent, zone):
    assert chosen_zone(sent, "EG") == zone


@pytest.mark.django_db
@pytest.mark.parametrize(("sent", "zone"), [("Africa/Nairobi", "Africa/Nairobi"), ("Mars/Base", "Africa/Cairo")])
def test_sign_up_does_not_ask_for_the_zone_and_never_fails_for_it(client, sent, zone):
    factories.home()
    html = client.get(reverse("account_signup")).content.decode()
    assert ("Time zone" in html, '<input type="hidden" name="time_zone"' in html) == (False, True)
    client.post(reverse("account_signup"), {**DETAILS, "time_zone": sent})
    assert User.objects.get().time_zone == zone


@pytest.mark.django_db
def test_an_account_that_an_administrator_makes_has_the_zone_of_its_country():
    form = PersonForm({"country": "EG", "time_zone": ""})
    form.is_valid()
    assert form.cleaned_data["time_zone"] == "Africa/Cairo"
