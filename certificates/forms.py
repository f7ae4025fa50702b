"""The forms of the public verification page, and those of the confirmation pages in the admin."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from certificates.codes import EXAMPLE, parse
from certificates.verification import MAX_UPLOAD


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code on the certificate"),
        max_length=100,
        help_text=format_lazy(
            _("Sixteen letters and digits, for example {example}. Capitals and hyphens do not matter."),
            example=EXAMPLE.replace("-", "\u2011"),  # non-breaking hyphens keep the code on one line
        ),
        error_messages={"required": _("Write the code that is printed beside the square code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean_code(self) -> str:
        code = parse(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("This cannot be a code: it needs sixteen letters and digits. Look whether one is missing or doubled.")
            )
        return code


class FileForm(forms.Form):
    pdf = forms.FileField(
        label=_("The PDF you were given"),
        help_text=_("We compare its fingerprint and keep no copy. At most 5 MB."),
        error_messages={
            "required": _("Choose the file first."),
            "empty": _("The file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )

    def clean_pdf(self):
        pdf = self.cleaned_data["pdf"]
        if pdf.size > MAX_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 5 MB. No certificate of ours is."))
        return pdf


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name on the paper"),
        max_length=150,
        help_text=_("As it is printed. Capitals do not matter. We answer yes or no and keep nothing of it."),
        error_messages={"required": _("Write the name that is printed on the certificate.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Everybody who checks this certificate reads it. Name no other person and no health matter."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ConfirmForm(forms.Form):
    """A form without fields, for a confirmation page that needs no reason."""
