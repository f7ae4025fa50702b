"""Model and form field for the name of a person: one line without a title, in any script that certificates can print."""

from django import forms
from django.db import models

from accounts.printable import check_printable
from accounts.text import one_line
from accounts.titles import check_title


class NameInput(forms.CharField):
    default_validators = [check_printable, check_title]

    def to_python(self, value) -> str:
        return one_line(super().to_python(value) or "")


class NameField(models.CharField):
    """A CharField whose model forms use NameInput. It deconstructs to a CharField, so migrations do not import it."""

    default_validators = [check_printable, check_title]

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": NameInput, **kwargs})

    def clean(self, value, model_instance):
        """Clean the name where no form does it, for example in createsuperuser."""
        return super().clean(one_line(value or ""), model_instance)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
