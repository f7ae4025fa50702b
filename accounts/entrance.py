"""allauth's forms in our words: visible labels only, and the language the visitor is reading in."""

from allauth.account.forms import AddEmailForm, ChangePasswordForm, LoginForm, ResetPasswordForm, SignupForm
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class NoPlaceholders:
    """A placeholder is no label, and disappears when one needs it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("login", "email"):
                field.label = _("Email")  # spelt as everywhere else in the interface


class SignInForm(NoPlaceholders, LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # the page has its own way to a new password


class OpenAccountForm(NoPlaceholders, SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()


class ForgottenPasswordForm(NoPlaceholders, ResetPasswordForm):
    pass


class NewPasswordForm(NoPlaceholders, ChangePasswordForm):
    pass


class NewAddressForm(NoPlaceholders, AddEmailForm):
    pass
