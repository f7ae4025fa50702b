"""allauth's forms with visible labels, rate limits and the visitor's language."""

from allauth.account import forms
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import context
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.ratelimit import limits


class NoPlaceholdersMixin:
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
        """Hash the password for a known address too, so that the response time does not reveal whether it has an account."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


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
