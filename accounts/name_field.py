"""The name of a person: one line in any script, wherever somebody writes it."""

from django import forms
from django.db import models

from accounts.text import one_line


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
