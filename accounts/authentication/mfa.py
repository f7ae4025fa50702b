"""The second factor: a code from an app (TOTP). Optional, but an installation can require it of staff.

allauth implements it. This module adds the requirement for staff, limits, encryption and single use of codes.
"""

from __future__ import annotations

import base64
import hashlib
import io

import segno
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import Fernet, MultiFernet
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import changes, sessions
from accounts.authentication import powers
from accounts.models import User
from accounts.ratelimit import limiter
from accounts.ratelimit.forms import LimitedFormMixin
from accounts.ratelimit.limits import SECOND_FACTOR
from accounts.site_settings import current_operator

USED_CODE = limiter.Limit("used code", free=1, first_wait=120, longest_wait=120, forgotten_after=60)
ADMIN = "/admin/"
# What allauth encrypts in the data of an authenticator: the secret of the app, the seed of the recovery codes.
ENCRYPTED = ("secret", "seed")
ALWAYS_OPEN = ("/admin/login/", "/admin/logout/")


def has_second_factor(user: User) -> bool:
    return _second_factors(user).exists()


def _second_factors(user: User) -> QuerySet[Authenticator]:
    """The second factors of this user. Recovery codes alone do not count: they only replace the app."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)


def mark_shown(request: HttpRequest, user: User) -> None:
    """Remember in this session which second factor its person has shown. Another one, set up later, is asked for anew."""
    factor = _second_factors(user).order_by("-pk").first()
    assert factor is not None
    request.session[sessions.SECOND_STEP] = factor.pk
    request.session.cycle_key()  # a session key stolen earlier does not gain the new rights


def was_shown(request: HttpRequest) -> bool:
    """Whether this session has shown the second factor that its person has now."""
    # Learners have mostly entered no code, so this makes no query for them.
    factor = request.session.get(sessions.SECOND_STEP)
    if factor is None or not isinstance(request.user, User):
        return False
    return _second_factors(request.user).filter(pk=factor).exists()


def remove_second_factor(user: User) -> None:
    """Remove the second factor of somebody who lost their phone and codes, and email them. Verify who asks first."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        changes.second_step_removed_by_operator(user)


def is_required_for(user: User) -> bool:
    return settings.MFA_REQUIRED_OF_STAFF and user.is_authenticated and user.is_staff_member


class StaffSecondFactorMiddleware:
    """Where a code is required, withhold the powers of everybody who has not entered one in the current session.

    Staff then use the site as learners, and the admin asks them for the code. The check runs at every request. So it
    also covers sessions that were open when the role was granted or when the second factor was set up on another
    device, and every way of signing in.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.MFA_REQUIRED_OF_STAFF and isinstance(request.user, User) and not was_shown(request):
            powers.withhold(request.user)
            in_admin = request.path_info.startswith(ADMIN) and request.path_info not in ALWAYS_OPEN
            if in_admin and request.user.is_staff_member:
                return self._redirect(request)
        return self.get_response(request)

    def _redirect(self, request: HttpRequest) -> HttpResponseRedirect:
        url_name = (
            "mfa_reauthenticate"
            if isinstance(request.user, User) and has_second_factor(request.user)
            else "mfa_activate_totp"
        )
        if url_name == "mfa_activate_totp":
            messages.info(request, _("Your role requires two-step sign-in. Set it up now; it takes a minute."))
        next_url = request.get_full_path() if request.method == "GET" else reverse("wagtailadmin_home")
        return HttpResponseRedirect(f"{reverse(url_name)}?{urlencode({'next': next_url})}")


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong or was already used. Wait for the next one."),
        "cannot_delete_authenticator": _("Your role requires two-step sign-in, so you cannot turn it off."),
    }

    def get_totp_issuer(self) -> str:
        return current_operator().site_name

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code, dark on white in both themes: cameras need the light margin."""
        buffer = io.BytesIO()
        segno.make(url, error="m").save(buffer, kind="svg", light="#fff", scale=6)
        return buffer.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_for(authenticator.user)

    def encrypt(self, text: str) -> str:
        """Encrypt a secret, so that a stolen copy of the database does not reveal the second factors."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    """Return the cipher: it encrypts with SECRET_KEY and also decrypts with each of SECRET_KEY_FALLBACKS."""
    secrets: list[str] = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"accounts.authentication.mfa{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def reencrypt() -> int:
    """Encrypt the secrets of all second factors with today's SECRET_KEY. Return how many rows were changed.

    Afterwards no row needs a former key. The state that an undo link restores keeps its encryption for its seven days.
    Raises InvalidToken for a secret that no key opens.
    """
    cipher, changed = _cipher(), 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row and (secrets := {name: row.data[name] for name in ENCRYPTED if name in row.data}):
                row.data |= {name: cipher.rotate(value.encode()).decode() for name, value in secrets.items()}
                row.save(update_fields=["data"])
                changed += 1
    return changed


class RateLimitedCodeMixin(LimitedFormMixin):
    """Mixin for forms with a code: count each attempt before the check, and accept a code once."""

    user: User
    fields: dict[str, forms.Field]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs |= {"inputmode": "numeric", "dir": "ltr"}

    def clean_code(self) -> str:
        attempts = limiter.take_all([(SECOND_FACTOR, str(self.user.pk))])
        code = super().clean_code()  # type: ignore[misc]  # CountedCode is mixed into a form
        try:
            # allauth remembers used codes in the cache only, and the cache can be emptied.
            limiter.take(USED_CODE, f"{self.user.pk} {code}")
        except limiter.TooOften:
            raise MFAAdapter().validation_error("incorrect_code") from None
        limiter.give_back(attempts)
        return code


class SignInCodeForm(RateLimitedCodeMixin, AuthenticateForm):
    def save(self) -> None:
        super().save()
        mark_shown(context.request, self.user)


class ReauthenticateCodeForm(RateLimitedCodeMixin, ReauthenticateForm):
    def save(self) -> None:
        super().save()
        mark_shown(context.request, self.user)


class ActivateCodeForm(RateLimitedCodeMixin, ActivateTOTPForm):
    pass
