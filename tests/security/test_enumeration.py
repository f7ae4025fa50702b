"""A known and an unknown address cost the same work, so that the time of an answer does not tell who has an account.

Work is counted, not timed: password hashes, queries, emails. What the pages say: tests/security/test_throttle.py.
"""

from collections import Counter
from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Email, User
from tests.support import factories
from tests.support.mutations import Mutation
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SIGN_UP = {"password1": PASSWORD, "name": "X", "country": "KE", "language": "en", "time_zone": "UTC"}
# The forms that take an email address: the page, its field, the other fields, and how many hashes it costs.
FORMS = [
    ("account_login", "login", {"password": "a wrong phrase"}, 1),
    ("account_signup", "email", SIGN_UP, 1),
    ("account_reset_password", "email", {}, 0),
]
READ, SAVEPOINT = "SELECT", "SAVEPOINT"


@dataclass
class Work:
    hashes: int
    statements: Counter  # by kind_of()
    emails: int
    answer: tuple[int, str]


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


@pytest.fixture
def hashed(monkeypatch) -> list:
    """A list with one entry for each hashed password, since hashing takes the time that an attacker could measure."""
    calls: list = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a: calls.append(1) or encode(*a))
    return calls


@pytest.fixture
def work_of(hashed):
    def send(page: str, form: dict, person: User | None = None) -> Work:
        browser = Client()
        if person:
            browser.force_login(person)
            browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        emails = Email.objects.count()
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(reverse(page), form)
        statements = Counter(map(kind_of, queries.captured_queries))
        location = answer.headers.get("Location", "")
        return Work(len(hashed), statements, Email.objects.count() - emails, (answer.status_code, location))

    return send


def kind_of(query: dict) -> str:
    """Return READ, SAVEPOINT, or the first words of a statement that writes."""
    words = query["sql"].split()
    kinds = {"SELECT": READ, "DECLARE": READ, "SAVEPOINT": SAVEPOINT, "RELEASE": SAVEPOINT, "ROLLBACK": SAVEPOINT}
    return kinds.get(words[0], " ".join(words[:3]))


def writes(work: Work) -> Counter:
    return Counter({kind: count for kind, count in work.statements.items() if kind not in (READ, SAVEPOINT)})


@pytest.mark.parametrize(("page", "field", "form", "hashes"), FORMS)
def test_a_known_and_an_unknown_address_cost_the_same(amina, work_of, page, field, form, hashes):
    work_of(page, form | {field: "warm@example.org"})  # fills the process cache
    known = work_of(page, form | {field: amina.email})
    unknown = work_of(page, form | {field: "nobody@example.org"})
    assert (known.hashes, unknown.hashes) == (hashes, hashes)
    assert (known.emails, known.answer, writes(known)) == (unknown.emails, unknown.answer, writes(unknown))
    # Reads of a row or two by an index disappear in the time of a hash or of a commit.
    assert abs(known.statements[READ] - unknown.statements[READ]) <= 2


def test_a_new_address_of_ones_own_costs_the_same(amina, baraka, work_of):
    known = work_of("account_email", {"email": baraka.email, "action_add": ""}, amina)
    unknown = work_of("account_email", {"email": "nobody@example.org", "action_add": ""}, amina)
    assert (known.hashes, known.emails, known.answer) == (unknown.hashes, unknown.emails, unknown.answer)


def test_a_sign_up_with_a_known_address_writes_nothing_but_its_email(amina, work_of):
    people = list(User.objects.values())
    work_of("account_signup", SIGN_UP | {"email": amina.email})
    assert list(User.objects.values()) == people
    assert Email.objects.get().kind == "account_already_exists"


def test_control_without_the_decoy_the_work_tells(amina, work_of):
    with Mutation(
        "accounts.authentication.forms:SignUpForm.try_save", "if self.account_already_exists:", "if False:"
    ).made():
        known = work_of("account_signup", SIGN_UP | {"email": amina.email})
    unknown = work_of("account_signup", SIGN_UP | {"email": "nobody@example.org"})
    assert (known.hashes, unknown.hashes) == (0, 1)
    assert writes(known) != writes(unknown)
