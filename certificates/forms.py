"""The forms of the public verification page and of the confirmation pages in the admin."""

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
        error_messages={"required": _("Enter the code that is printed beside the QR code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean_code(self) -> str:
        code = parse(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _(
                    "This is not a valid code. A code has sixteen letters and digits. Check whether one is missing or"
                    " typed twice."
                )
            )
        return code


class FileForm(forms.Form):
    pdf = forms.FileField(
        label=_("The PDF you received"),
        help_text=_("We compare its fingerprint and keep no copy. At most 5 MB."),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("The file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )

    def clean_pdf(self):
        pdf = self.cleaned_data["pdf"]
        if pdf.size > MAX_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 5 MB. Our certificates are smaller."))
        return pdf


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name on the certificate"),
        max_length=150,
        help_text=_("Exactly as printed. Capitals do not matter. We only answer yes or no, and we do not store it."),
        error_messages={"required": _("Enter the name that is printed on the certificate.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Everybody who checks this certificate can read it. Do not name other people or health details."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ConfirmForm(forms.Form):
    """A form without fields, for a confirmation page that needs no reason."""
