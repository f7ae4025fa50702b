"""A person's own details, and the time zone of an administrator made on the command line."""

import pytest
from django.urls import reverse

from accounts.models import Facility, User
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_a_facility_of_the_former_country_is_taken_out_and_the_page_says_so(client, amina):
    factories.home()
    amina.facility = Facility.objects.create(name="Coast Clinic", country="KE")
    amina.save()
    client.force_login(amina)
    form = {"name": amina.name, "language": "en", "time_zone": "Africa/Cairo", "facility": amina.facility.pk}
    page = client.post(reverse("profile"), form | {"country": "EG"}, follow=True).content.decode()
    amina.refresh_from_db()
    assert (amina.country.code, amina.facility) == ("EG", None)
    assert "Coast Clinic is not in the country where you work now" in page


@pytest.mark.parametrize(("given", "zone"), [({}, "Africa/Nairobi"), ({"time_zone": "UTC"}, "UTC")])
def test_an_administrator_of_the_command_line_has_the_zone_of_their_country(db, given, zone):
    assert User.objects.create_superuser("a@example.org", "x", name="A", country="KE", **given).time_zone == zone
