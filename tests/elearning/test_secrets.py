"""What changing each secret costs, as docs/secrets.md says: with the former one as a fallback, nothing that matters."""

import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.conf import settings as django_settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import changes, sessions
from accounts.authentication.mfa import MFAAdapter
from accounts.models import Session
from certificates import name_hash
from elearning.backups.manifest import NEEDED_SECRETS

pytestmark = pytest.mark.once

TABLE = re.findall(r"^\| (.+?) \|", (Path(django_settings.BASE_DIR) / "docs/secrets.md").read_text(), re.MULTILINE)


@pytest.fixture
def change_key(settings):
    """A function that changes SECRET_KEY, with or without keeping the old one as a fallback."""

    def change(keep: bool) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep else []
        settings.SECRET_KEY = "a new secret key of this installation"

    return change


def test_the_page_lists_every_secret_that_a_backup_needs():
    rows = TABLE[TABLE.index("secret") + 1 :]
    assert {f"`{name}`" for name in NEEDED_SECRETS} <= set(rows)
    assert len(rows) >= 5


@pytest.mark.parametrize("keep", [True, False])
def test_sessions_last_with_the_former_key_only(client, amina, change_key, keep):
    client.force_login(amina)
    change_key(keep)
    response = client.get(reverse("profile"))
    assert response.status_code == (200 if keep else 302)


@pytest.mark.parametrize("keep", [True, False])
def test_links_in_emails_work_with_the_former_key_only(amina, change_key, keep):
    token = default_token_generator.make_token(amina)
    signed = signing.dumps("value", salt="a form")
    with changes.recorded(amina, changes.Kind.PASSWORD):
        pass
    undo = signing.Signer(salt="accounts.changes").sign(str(amina.account_changes.get().uuid))
    change_key(keep)
    assert default_token_generator.check_token(amina, token) is keep
    fresh = signing.Signer(salt="accounts.changes")  # as a process makes it that starts with the new key
    if keep:
        assert signing.loads(signed, salt="a form") == "value"
        assert fresh.unsign(undo)
    else:
        with pytest.raises(signing.BadSignature):
            signing.loads(signed, salt="a form")
        with pytest.raises(signing.BadSignature):
            fresh.unsign(undo)


def test_an_erased_person_leaves_no_unfinished_sign_up_from_before_the_change(db, change_key):
    Session.objects.create(session_key="x" * 32, session_data="", expire_date="2030-01-01T00:00Z",
                           email_hash=sessions.hash_of("amina@example.org"))  # fmt: skip
    change_key(keep=True)
    sessions.end_sign_ups(["Amina@example.org"])
    assert not Session.objects.exists()


class TestTwoStepSignIn:
    def test_the_former_key_is_needed_until_the_secrets_are_encrypted_again(self, rosa, settings, change_key):
        TOTP.activate(rosa, "JBSWY3DPEHPK3PXP")
        codes = Authenticator.objects.create(
            user=rosa, type="recovery_codes", data={"seed": MFAAdapter().encrypt("seed"), "used_mask": 1}
        )
        change_key(keep=True)
        assert self.secret_of(rosa) == "JBSWY3DPEHPK3PXP"
        call_command("reencrypt_second_steps", verbosity=0)
        settings.SECRET_KEY_FALLBACKS = []
        assert self.secret_of(rosa) == "JBSWY3DPEHPK3PXP"
        codes.refresh_from_db()
        assert (MFAAdapter().decrypt(codes.data["seed"]), codes.data["used_mask"]) == ("seed", 1)

    def test_without_the_former_key_it_is_lost_and_the_command_says_so(self, rosa, change_key):
        TOTP.activate(rosa, "JBSWY3DPEHPK3PXP")
        change_key(keep=False)
        with pytest.raises(InvalidToken):
            self.secret_of(rosa)
        with pytest.raises(CommandError, match="opens with no key"):
            call_command("reencrypt_second_steps")

    def secret_of(self, user) -> str:
        return MFAAdapter().decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def test_names_of_erased_holders_verify_with_every_former_key(settings):
    stored = name_hash.keyed_hash("A" * 16, "Amina Yusuf")
    first, settings.CERTIFICATE_NAME_KEY = settings.CERTIFICATE_NAME_KEY, "second"
    assert not name_hash.matches("A" * 16, stored, "Amina Yusuf")
    settings.CERTIFICATE_NAME_KEY, settings.CERTIFICATE_NAME_KEY_FALLBACKS = "third", ["second", first]
    assert name_hash.matches("A" * 16, stored, "Amina Yusuf")
    assert not name_hash.matches("A" * 16, stored, "Baraka")
    assert name_hash.matches("A" * 16, name_hash.keyed_hash("A" * 16, "Amina"), "amina"), "new ones use today's key"
