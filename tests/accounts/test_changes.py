"""A change of an address, a password or the second step asks for the password, is told to the old address, can be undone."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import changes, retention
from accounts.authentication import mfa
from accounts.models import AccountChange, AuditEntry, Email, Session, User
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another good phrase"
MAILBOX = "thief@example.org"


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def confirm_password(client) -> None:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def path_in(email: Email, part: str) -> str:
    match = re.search(rf"{re.escape(settings.BASE_URL)}(\S*/{part}/\S+)", email.text)
    return match[1] if match else ""


def undo_links(to: str) -> list[str]:
    """Return the paths of the undo links that this address got, the oldest first."""
    emails = Email.objects.filter(kind="account_changed", to=to).order_by("pk")
    return [path for path in (path_in(email, "undo") for email in emails) if path]


def change_address(client, new: str = MAILBOX) -> None:
    confirm_password(client)
    client.post(reverse("account_email"), {"email": new, "action_add": ""})
    client.post(path_in(Email.objects.filter(to=new, kind="email_confirmation").latest("pk"), "confirm-email"))


def change_password(client) -> None:
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def turn_on_second_step(client) -> str:
    confirm_password(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r'<code class="code" dir="ltr">(\w+)</code>', page.content.decode())[1]
    client.post(reverse("mfa_activate_totp"), {"code": phone.code(secret)})
    return secret


def turn_off_second_step(client) -> None:
    client.post(reverse("mfa_deactivate_totp"))


def make_new_codes(client) -> None:
    client.post(reverse("mfa_generate_recovery_codes"))


# The password is asked ----------------------------------------------------------------------------------------

GUARDED = [
    ("account_email", {"email": "new@example.org", "action_add": ""}),
    ("account_email", {"email": "amina@example.org", "action_primary": ""}),
    ("account_email", {"email": "amina@example.org", "action_remove": ""}),
    ("mfa_activate_totp", {"code": "123456"}),
    ("mfa_deactivate_totp", {}),
    ("mfa_generate_recovery_codes", {}),
    ("mfa_view_recovery_codes", None),
    ("mfa_download_recovery_codes", None),
]


@pytest.mark.parametrize(("page", "form"), GUARDED)
def test_an_open_session_alone_changes_nothing(client, amina, page, form):
    if page not in ("account_email", "mfa_activate_totp"):
        phone.set_up(Client(), amina)
    client.force_login(amina)
    before = state(amina)
    answer = client.get(reverse(page)) if form is None else client.post(reverse(page), form)
    assert "reauthenticate" in answer.headers["Location"]
    assert state(amina) == before


def state(person: User) -> tuple:
    person.refresh_from_db()
    addresses = sorted(EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary"))
    steps = sorted(Authenticator.objects.filter(user=person).values_list("pk", "type"))
    return person.email, person.password, addresses, steps


def test_what_was_typed_counts_once_the_password_is_confirmed(client, amina):
    client.force_login(amina)
    asked = client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    client.post(asked.headers["Location"], {"password": PASSWORD})
    assert EmailAddress.objects.filter(user=amina, email="new@example.org", verified=False).exists()


def test_the_password_counts_for_five_minutes(client, amina):
    client.force_login(amina)
    confirm_password(client)
    form = {"email": "new@example.org", "action_add": ""}
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert "reauthenticate" in client.post(reverse("account_email"), form).headers["Location"]


@pytest.mark.parametrize("page", ["account_set_password", "account_email", "mfa_activate_totp"])
def test_without_a_password_a_fresh_sign_in_is_asked_for(client, amina, page):
    User.objects.filter(pk=amina.pk).update(password="!")
    client.force_login(User.objects.get(pk=amina.pk))
    form = {"email": "new@example.org", "action_add": "", "password1": NEW, "password2": NEW}
    answer = client.post(reverse(page), form)
    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("learning")).status_code == 302, "the session has ended"


# The old address is told, and undoes it --------------------------------------------------------------------------


@pytest.fixture
def owner(amina) -> User:
    return amina


@pytest.fixture
def thief(owner) -> Client:
    """A browser with an open session of the owner. It knows the password."""
    browser = Client()
    browser.force_login(owner)
    return browser


@pytest.fixture
def second_step(owner, thief) -> None:
    """The owner has used the second step for a while, also in the session that the thief has taken over."""
    secret = phone.set_up(Client(), owner)
    thief.force_login(owner)
    assert thief.post(reverse("mfa_reauthenticate"), {"code": phone.code(secret, 1)}).status_code == 302
    AccountChange.objects.all().delete()
    Email.objects.all().delete()


STEALING = [
    (change_address, False),
    (turn_on_second_step, False),
    (change_address, True),
    (change_password, True),
    (turn_off_second_step, True),
    (make_new_codes, True),
]


@pytest.mark.parametrize(("steal", "has_second_step"), STEALING)
def test_the_link_in_the_old_mailbox_puts_the_account_back(client, owner, thief, request, steal, has_second_step):
    if has_second_step:
        request.getfixturevalue("second_step")
    before = state(owner)
    confirm_password(thief)
    steal(thief)
    assert state(owner) != before
    (link,) = undo_links("amina@example.org")
    assert client.get(link).status_code == 200
    assert AccountChange.objects.filter(undone_at=None).exists(), (
        "opening the link, as an email scanner does, undoes nothing"
    )
    assert client.post(link).headers["Location"] == reverse("account_login")
    email, password, addresses, steps = state(owner)
    assert (email, addresses) == ("amina@example.org", [("amina@example.org", True, True)])
    assert [kind for _pk, kind in steps] == [kind for _pk, kind in before[3]]
    assert (password.startswith("!"), Session.objects.filter(user=owner).exists()) == (True, False)
    assert thief.get(reverse("learning")).status_code == 302
    reset = Email.objects.get(kind="password_reset_key")
    assert reset.to == "amina@example.org"
    page = client.get(path_in(reset, "key"), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=owner.pk).check_password(NEW)


def test_who_holds_only_the_mailbox_gets_no_further_than_the_second_step(client, owner, thief, second_step):
    """The owner replaces their codes; somebody who reads their mailbox uses the link and a new password."""
    confirm_password(thief)
    make_new_codes(thief)
    client.post(undo_links(owner.email)[0])
    page = client.get(path_in(Email.objects.get(kind="password_reset_key"), "key"), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert phone.sign_in(client, owner, NEW).headers["Location"] == reverse("mfa_authenticate")


def test_the_oldest_address_wins_and_newer_ones_get_no_link(client, owner, thief):
    change_address(thief, MAILBOX)
    change_address(thief, "second@example.org")
    turn_on_second_step(thief)
    assert (undo_links(MAILBOX), undo_links("second@example.org")) == ([], [])
    first, second, third = undo_links("amina@example.org")
    client.post(third)
    assert state(owner)[0] == "amina@example.org"
    assert not mfa.has_second_factor(owner)
    for used in (first, second, third):
        assert "already used" in client.post(used).content.decode()


def test_a_thief_cannot_undo_the_recovery(client, owner, thief):
    change_address(thief)
    thief.post(reverse("account_reset_password"), {"email": MAILBOX})
    stolen = path_in(Email.objects.get(kind="password_reset_key", to=MAILBOX), "key")
    client.post(undo_links("amina@example.org")[0])
    thief.post(thief.get(stolen, follow=True).request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert not User.objects.get(pk=owner.pk).has_usable_password()
    notice = Email.objects.filter(to=MAILBOX, kind="account_changed").latest("pk")
    assert path_in(notice, "undo") == ""


def test_a_sign_up_with_the_old_address_does_not_hold_up_its_owner(client, owner, thief):
    change_address(thief)
    details = {"name": "X", "country": "KE", "language": "en", "time_zone": "UTC", "password1": PASSWORD}
    Client().post(reverse("account_signup"), details | {"email": "amina@example.org"})
    client.post(undo_links("amina@example.org")[0])
    assert state(owner)[:1] + tuple(state(owner)[2]) == ("amina@example.org", ("amina@example.org", True, True))


def test_a_change_back_gives_the_new_address_no_link(client, owner, thief):
    """The thief changes the address there and back, hoping for a link to the address between."""
    change_address(thief)
    change_address(thief, "amina@example.org")
    assert (undo_links(MAILBOX), len(undo_links("amina@example.org"))) == ([], 2)


def test_a_link_works_for_seven_days_and_not_for_a_taken_address(client, amina, baraka):
    browser = Client()
    browser.force_login(amina)
    change_address(browser)
    (link,) = undo_links("amina@example.org")
    EmailAddress.objects.create(user=baraka, email="amina@example.org", verified=True)
    assert "another account" in client.post(link).content.decode()
    EmailAddress.objects.filter(user=baraka, email="amina@example.org").delete()
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert "older than seven days" in client.post(link).content.decode()
        retention.tidy()
    assert not AccountChange.objects.exists()
    assert state(amina)[0] == MAILBOX


@pytest.mark.parametrize("spoil", [lambda link: link.replace("/undo/", "/undo/x"), lambda link: link[:-3] + "/"])
def test_a_forged_link_is_refused(client, amina, spoil):
    with changes.recorded(amina, AccountChange.Kind.PASSWORD):
        pass
    assert "already used" in client.post(spoil(undo_links(amina.email)[0])).content.decode()


def test_a_sign_up_is_no_change_and_an_unconfirmed_address_gets_no_link(client):
    details = {"name": "Leila", "country": "KE", "language": "en", "time_zone": "UTC"}
    client.post(reverse("account_signup"), details | {"email": "leila@example.org", "password1": PASSWORD})
    leila = User.objects.get()
    with changes.recorded(leila, AccountChange.Kind.PASSWORD):
        pass
    client.post(path_in(Email.objects.get(kind="email_confirmation_signup"), "confirm-email"))
    assert not AccountChange.objects.exists()


def test_every_change_and_its_undoing_are_in_the_audit_trail(client, owner, thief):
    start = AuditEntry.objects.count()
    change_address(thief)
    turn_on_second_step(thief)
    change_password(thief)
    client.post(undo_links("amina@example.org")[0])
    entries = AuditEntry.objects.order_by("pk")[start:]
    assert [(entry.verb, entry.actor, entry.object_id) for entry in entries] == [
        (verb, owner.uuid, str(owner.uuid))
        for verb in ("account.address", "account.second_step", "account.password", "account.undone")
    ]
