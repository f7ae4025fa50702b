"""The name of a person: one line in any script, wherever somebody writes it."""

import unicodedata

from django import forms
from django.db import models

# They turn round the words that follow, beyond the name: of a list, of a mail. The marks U+200E and U+200F do not; they
# stay, for a name in two scripts may need one. So do U+200C and U+200D, which belong to the letters of Persian and Indic names.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Any white space, line breaks too, is one space; control characters are left out."""
    kept = (sign for sign in text if sign.isspace() or not _controls(sign))
    return " ".join("".join(kept).split())


def _controls(sign: str) -> bool:
    return sign in TURNING or unicodedata.category(sign) == "Cc"


class NameInput(forms.CharField):
    def to_python(self, value) -> str:
        return one_line(super().to_python(value) or "")


class NameField(models.CharField):
    """Every form made of the model asks for the name by NameInput. To the database it is a CharField: no migration."""

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": NameInput, **kwargs})

    def clean(self, value, model_instance):
        """Where there is no form: createsuperuser."""
        return super().clean(one_line(value or ""), model_instance)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
