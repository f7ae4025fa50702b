"""allauth's forms with visible labels, rate limits and the visitor's language."""

from allauth.account.forms import AddEmailForm, ChangePasswordForm, LoginForm, ResetPasswordForm, SignupForm
from allauth.core import context
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.ratelimit import limits


class NoPlaceholders:
    """Remove placeholders: a placeholder is no label, and it disappears while one types."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("login", "email"):
                field.label = _("Email")  # the spelling of the rest of the interface


class SignInForm(NoPlaceholders, LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # our template has its own link to the password reset


class OpenAccountForm(NoPlaceholders, SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors:
            limits.email_to(context.request, data["email"])
        return data

    def try_save(self, request):
        """Hash the password for a known address too, so that the time does not tell whether an account exists."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ForgottenPasswordForm(NoPlaceholders, ResetPasswordForm):
    def clean_email(self) -> str:
        limits.email_to(context.request, self.cleaned_data["email"])
        return super().clean_email()


class NewPasswordForm(NoPlaceholders, ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        account = self.user.email or self.user.username
        tries = limits.password_try(context.request, account)
        password = super().clean_oldpassword()
        limits.password_right(context.request, account, tries)
        return password


class NewAddressForm(NoPlaceholders, AddEmailForm):
    def clean_email(self) -> str:
        limits.email_to(context.request, self.cleaned_data["email"])
        return super().clean_email()
