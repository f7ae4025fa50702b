"""What somebody types so that an erasure is never a slip of the finger."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ConfirmErasureForm(forms.Form):
    """The address of whoever is to be erased, typed: the same in every language."""

    email = forms.EmailField(
        label=_("The mail address of the account, to confirm"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Write the mail address of the account.")},
    )

    def __init__(self, *args, person: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email != self.person.email.lower():
            raise forms.ValidationError(_("This is not the mail address of the account. Nothing was erased."))
        return email
