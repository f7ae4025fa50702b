"""Forms for a person's own details, at sign-up and later."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.languages import language_choices
from accounts.models import Cadre, Facility, Sex, User
from accounts.time_zones import chosen_zone, zone_choices


class DetailsForm(forms.ModelForm):
    """The details that a person edits themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        model = User
        fields = [
            "name",
            "language",
            "country",
            "time_zone",
            "cadre",
            "facility",
            "licence_number",
            "sex",
            "course_emails",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = language_choices(self.instance.language)
        self.fields["facility"].queryset = Facility.objects.filter(country=self.instance.country or None)
        self.fields["cadre"].choices = [("", _("Prefer not to say")), *Cadre.choices]
        self.fields["sex"].choices = [("", _("Prefer not to say")), *Sex.choices]

    def clean(self) -> dict:
        """A facility of another country is taken out: reports count people at their facility and in their country."""
        data = super().clean() or {}
        facility = data.get("facility")
        self.dropped_facility = facility if facility and facility.country != data.get("country") else None
        if self.dropped_facility:
            data["facility"] = None
        return data


class SignupDetailsForm(forms.Form):
    """The fields that allauth's sign-up form shows beside email address and password."""

    name = User._meta.get_field("name").formfield()
    country = User._meta.get_field("country").formfield()
    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    cadre = forms.ChoiceField(
        label=_("Your work"), choices=[("", _("Prefer not to say")), *Cadre.choices], required=False
    )
    licence_number = User._meta.get_field("licence_number").formfield()
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)  # time_zone.js fills it

    field_order = ["name", "email", "password1", "country", "language", "cadre", "licence_number"]

    def signup(self, request, user: User) -> None:
        for field in ("name", "country", "language", "cadre", "licence_number"):
            setattr(user, field, self.cleaned_data[field])
        user.time_zone = chosen_zone(self.cleaned_data["time_zone"], self.cleaned_data["country"])
        user.save()
