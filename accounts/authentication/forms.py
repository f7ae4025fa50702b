"""allauth's forms with visible labels, rate limits and the visitor's language."""

import copy

from allauth.account import forms
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.core import context
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import changes
from accounts.ratelimit import limits
from accounts.ratelimit.forms import LimitedFormMixin


class NoPlaceholdersMixin(LimitedFormMixin):
    """Remove placeholders: a placeholder does not replace a label, and it disappears as soon as somebody types."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("login", "email"):
                field.label = _("Email")  # the spelling of the rest of the interface


class SignInForm(NoPlaceholdersMixin, forms.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # our template has its own link to the password reset


class SignUpForm(NoPlaceholdersMixin, forms.SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors:
            limits.count_email_request(context.request, data["email"])
        return data

    def try_save(self, request):
        """Do the work of a new account for a known address too: the time must not tell whether an address has an account.

        Call it in a transaction. What is written for a known address is rolled back, all but the email to its owner.
        """
        if self.account_already_exists:
            decoy = copy.copy(self)
            decoy.account_already_exists = False
            decoy.cleaned_data = self.cleaned_data | {"email": f"{get_random_string(12)}@example.invalid".lower()}
            with transaction.atomic():
                decoy.save(request)
                transaction.set_rollback(True)
        return super().try_save(request)


class ReauthenticateForm(NoPlaceholdersMixin, forms.ReauthenticateForm):
    pass


class ResetPasswordForm(NoPlaceholdersMixin, forms.ResetPasswordForm):
    def clean_email(self) -> str:
        limits.count_email_request(context.request, self.cleaned_data["email"])
        return super().clean_email()


class ChangePasswordForm(NoPlaceholdersMixin, forms.ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        account = self.user.email or self.user.username
        attempts = limits.count_password_attempt(context.request, account)
        password = super().clean_oldpassword()
        limits.clear_password_attempts(context.request, account, attempts)
        return password


class SetPasswordForm(NoPlaceholdersMixin, forms.SetPasswordForm):
    def __init__(self, *args, **kwargs):
        # Before the form is shown, since a form that is sent too late would be kept in the session with the password.
        raise_if_reauthentication_required(context.request, app="allauth.account")
        super().__init__(*args, **kwargs)


class AddEmailForm(NoPlaceholdersMixin, forms.AddEmailForm):
    def clean_email(self) -> str:
        limits.count_email_request(context.request, self.cleaned_data["email"])
        return super().clean_email()

    def save(self, request) -> EmailAddress:
        with transaction.atomic():
            changes.address_asked_for(self.user)
            return super().save(request)
