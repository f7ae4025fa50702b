"""The people of the seed. One number always gives the same person, who has signed up within the last two years."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from accounts.models import Cadre, Facility, Sex, User
from accounts.time_zones import usual_zone

DOMAIN = "@seed.invalid"  # RFC 2606: nobody can have an address there
SPAN, NEWEST = timedelta(days=730), timedelta(days=3)
FACILITIES = ("Referral hospital", "District hospital", "Health centre", "Treatment centre", "Outreach post")
CADRES, SEXES = Cadre.values, ["", *Sex.values]


@dataclass(frozen=True)
class Country:
    code: str
    language: str
    given_names: str
    family_names: str


# A tenth of the people each.
COUNTRIES = (
    Country("KE", "en", "Amina Baraka Wanjiku Otieno Achieng Njeri Zawadi Juma", "Hassan Kamau Mutua Odhiambo Chebet"),
    Country("UG", "en", "Grace Okello Nakato Mugisha Apio Kato Namono Opio", "Ssali Byaruhanga Akello Lubega Otim"),
    Country("TZ", "en", "Neema Asha Hamisi Rehema Juma Salma Faraja Musa", "Mushi Kimaro Massawe Mrema Shayo"),
    Country("ET", "en", "Abebe Tigist Hana Dawit Selam Yonas Marta Getachew", "Bekele Tadesse Alemu Haile Girma"),
    Country("NG", "en", "Chidi Ngozi Emeka Amaka Tunde Aisha Ifeoma Bola", "Okafor Adeyemi Bello Eze Ogunleye"),
    Country("EG", "ar", "منى يوسف عادل هدى كريم سلمى طارق ليلى", "حسن عادل نبيل فاروق سالم"),
    Country("IN", "en", "Asha Rahul Priya Anil Kavita Sunil Meera Vijay", "Sharma Patel Reddy Nair Singh"),
    Country("SN", "fr", "Awa Moussa Fatou Ibrahima Aminata Cheikh Mariama Ousmane", "Diop Ndiaye Fall Sarr Sow"),
    Country("PE", "es", "María José Rosa Luis Carmen Jorge Ana Carlos", "Quispe Flores Rojas Huamán Torres"),
    Country(
        "KZ", "ru", "Aigerim Nurlan Dana Askar Madina Timur Zarina Daniyar", "Akhmetov Ospanov Suleimenov Iskakov Kim"
    ),
)


@dataclass(frozen=True)
class Person:
    number: int
    uuid: uuid.UUID
    name: str
    country: str
    language: str
    time_zone: str
    cadre: str
    sex: str
    facility: str  # its name; "" for none
    joined: datetime

    @property
    def username(self) -> str:
        return f"seed{self.number:08}"

    @property
    def email(self) -> str:
        return address(self.number)


def address(number: int) -> str:
    return f"{number:08}{DOMAIN}"


def new_uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def person(number: int, rng: random.Random, now: datetime) -> Person:
    country = COUNTRIES[number % len(COUNTRIES)]
    names = [*rng.choices(country.given_names.split(), k=2), rng.choice(country.family_names.split())]
    return Person(
        number=number,
        uuid=new_uuid(rng),
        name=" ".join(names),
        country=country.code,
        language=country.language,
        time_zone=usual_zone(country.code),
        cadre=rng.choice(CADRES),
        sex=rng.choice(SEXES),
        facility=rng.choice(["", *FACILITIES]),
        joined=now - NEWEST - rng.random() * (SPAN - NEWEST),
    )


def make_facilities() -> dict[tuple[str, str], int]:
    """Make the facilities that are missing. Return the primary key of each by its country and name."""
    rows = [Facility(country=country.code, name=name) for country in COUNTRIES for name in FACILITIES]
    Facility.objects.bulk_create(rows, ignore_conflicts=True)
    made = Facility.objects.filter(region="", name__in=FACILITIES)
    return {(str(facility.country), facility.name): facility.pk for facility in made}


def last_number() -> int:
    """The highest number of a person that was made; 0 for nobody."""
    last = User.objects.filter(email__endswith=DOMAIN).aggregate(last=Max("email"))["last"]
    return int(last.removesuffix(DOMAIN)) if last else 0


def others_exist() -> bool:
    """Whether there are people that were not made here."""
    return User.objects.exclude(email__endswith=DOMAIN).exists()
