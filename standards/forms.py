import re

from django import forms
from django.utils.translation import gettext_lazy as _

MIN_LENGTH = 2


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Words or a code"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def clean_q(self) -> str:
        """Keep only words and codes, because quotes, brackets and operators have a meaning in the database's search.

        Raises ValidationError for fewer than MIN_LENGTH characters.
        """
        words = re.sub(r"[^\w.]+|(?<!\w)\.|\.(?!\w)|_", " ", self.cleaned_data["q"]).strip()
        if len(words) < MIN_LENGTH:
            raise forms.ValidationError(_("Enter at least two letters of a word, or a code such as 1.3.6."))
        return words
