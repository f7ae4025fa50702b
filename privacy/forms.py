"""The form that confirms an erasure, so that nobody erases an account by accident."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.name_field import NameInput


class ConfirmErasureForm(forms.Form):
    """Ask for the email address of the person to erase, or for their name if they have no address.

    Unlike a word to type, the address is the same in every language.
    """

    email = forms.EmailField(
        label=_("To confirm, enter the email address of the account"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the email address of the account.")},
    )

    name = NameInput(
        label=_("To confirm, enter the name of the person"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, person: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person
        del self.fields["name" if person.email else "email"]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email != self.person.email.lower():
            raise forms.ValidationError(_("This is not the email address of the account. Nothing was erased."))
        return email

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name != self.person.name:
            raise forms.ValidationError(_("This is not the name of the person. Nothing was erased."))
        return name
