"""allauth's views of which each must be one transaction: sign-up and changes of the second step. And the undo page."""

from __future__ import annotations

from allauth.account.views import PasswordResetView, ReauthenticateView, SignupView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import changes
from accounts.authentication import mfa, reauthentication
from accounts.models import AccountChange


class SignUpView(SignupView):
    def form_valid(self, form) -> HttpResponse:
        """Write the account and its email in one transaction, so that a known and a new address commit as often."""
        with transaction.atomic():
            return super().form_valid(form)


class ResetPasswordView(PasswordResetView):
    def get_success_url(self) -> str:
        """The page about the email. `next` is in the link of the email; allauth would go there at once."""
        return reverse("account_reset_password_done")


class ResumingMixin:
    """A page that asks for something says what follows. Once it is given, the form that waited for it is sent."""

    request: HttpRequest

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**kwargs) | reauthentication.purpose(self.request)  # type: ignore[misc]

    def form_valid(self, form) -> HttpResponse:
        return reauthentication.resume(self.request, super().form_valid(form))  # type: ignore[misc]


class ConfirmPasswordView(ResumingMixin, ReauthenticateView):
    pass


class ConfirmCodeView(ResumingMixin, CodeView):
    pass


# Without login_required, allauth would keep what a visitor posts, until they have confirmed a password.
@method_decorator(login_required, name="dispatch")
class ActivateView(ActivateTOTPView):
    def form_valid(self, form) -> HttpResponse:
        with changes.recorded(self.request.user, AccountChange.Kind.SECOND_STEP_ON):
            response = super().form_valid(form)
        mfa.mark_shown(self.request, self.request.user)
        return response


class DeactivateView(DeactivateTOTPView):
    def form_valid(self, form) -> HttpResponse:
        with changes.recorded(self.request.user, AccountChange.Kind.SECOND_STEP_OFF):
            return super().form_valid(form)


@method_decorator(login_required, name="dispatch")
class NewCodesView(GenerateRecoveryCodesView):
    def form_valid(self, form) -> HttpResponse:
        with changes.recorded(self.request.user, AccountChange.Kind.CODES):
            return super().form_valid(form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo_change(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link of an email undoes, and undo it by POST: programs that check emails open every link."""
    change = changes.find(token)
    if change is None:
        return render(request, "account/undo_expired.html")
    if request.method != "POST":
        return render(request, "account/undo_change.html", {"change": change})
    try:
        undone = changes.undo(change, request)
    except changes.AddressTaken:
        return render(request, "account/undo_expired.html", {"taken": True})
    if not undone:
        return render(request, "account/undo_expired.html")
    if request.user.is_authenticated and request.user.pk == change.user_id:
        logout(request)  # its session has ended
    messages.success(request, _("Your account is yours again. We have emailed you a link to choose a new password."))
    return redirect("account_login")
