"""The forms with which administrators invite and change people and grant roles."""

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.users.forms import UserForm

from accounts import roles
from accounts.admin.own_password import OwnPasswordForm
from accounts.languages import language_choices
from accounts.models import AccountChange, Cadre, CountryScope, Sex, User
from accounts.scoping import ANYWHERE
from accounts.time_zones import usual_zone, zone_choices


def mark_email_verified(user: User) -> None:
    """Mark the person's email address, if any, as verified and remove all others. An administrator has checked it."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    if user.email:
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


class PersonForm(OwnPasswordForm, UserForm):
    """The details of a person. Roles are given on their own page, since each needs a country."""

    first_name = last_name = None  # Wagtail's form has both; our User has one `name` instead
    username = forms.CharField(required=False)  # Wagtail's __init__ needs the field; ours then removes it
    error_messages = {
        **UserForm.error_messages,
        "duplicate_username": _("There is already an account with this address."),
    }
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [("", _("The usual one of the country")), *zone_choices()], required=False
    )
    administrator_confirmed = forms.BooleanField(
        label=_("Yes, an administrator"),
        help_text=_(
            "Administrators see the records of every country, change everything, and make others administrators. If the"
            " person works for one country, give them a role instead."
        ),
        required=False,
    )
    field_order = [
        "email", "name", "country", "language", "time_zone", "cadre", "facility", "licence_number", "sex",
        "password1", "password2", "is_active", "is_superuser", "administrator_confirmed", "groups", "your_password",
    ]  # fmt: skip

    class Meta:
        model = User
        fields = [
            "email", "name", "country", "language", "time_zone", "cadre", "facility", "licence_number", "sex",
            "is_active", "is_superuser", "groups",
        ]  # fmt: skip
        widgets = {"groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args, editing_self: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["username"]
        self.fields["email"].label = _("Email address")
        self.fields["country"].label = _("Country of work")
        self.fields["language"].choices = language_choices(self.instance.language)
        self.fields["cadre"].label = _("Work")
        self.fields["cadre"].choices = [("", _("Not stated")), *Cadre.choices]
        self.fields["sex"].choices = [("", _("Not stated")), *Sex.choices]
        self.fields["groups"].queryset = others = Group.objects.exclude(name__in=roles.GROUPS.values())
        self.fields["groups"].label = _("Other groups")
        self.fields["groups"].help_text = _("Give the trainer, reviewer and manager roles under Settings, Roles.")
        if not others.exists():
            del self.fields["groups"]
        if not self.makes_administrator():
            del self.fields["administrator_confirmed"]
        if editing_self:  # so that nobody locks themselves out
            del self.fields["is_active"], self.fields["is_superuser"]

    def makes_administrator(self) -> bool:
        """Whether the form was sent to make an administrator of somebody who is none. It then asks a second question."""
        if not self.is_bound or "is_superuser" not in self.fields:
            return False
        return bool(self["is_superuser"].data) and not self["is_superuser"].initial

    def clean_administrator_confirmed(self) -> bool:
        if not self.cleaned_data["administrator_confirmed"]:
            raise forms.ValidationError(_("Tick this too, if that is what you mean. Then enter the passwords again."))
        return True

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        verified = EmailAddress.objects.filter(email__iexact=email, verified=True).exclude(user=self.instance.pk)
        if verified.exists() or User.objects.with_email(email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(self.error_messages["duplicate_username"])
        return email

    def clean(self) -> dict:
        data = super().clean()
        data["time_zone"] = data.get("time_zone") or usual_zone(data.get("country", ""))
        facility = data.get("facility")
        if facility and data.get("country") and facility.country != data["country"]:
            self.add_error("facility", _("This facility is not in the person’s country."))
        return data

    def save(self, commit: bool = True) -> User:
        has_new_address = self.instance.pk is None or "email" in self.changed_data
        user = super().save(commit)
        if commit and has_new_address:
            mark_email_verified(user)
        return user

    def _save_m2m(self) -> None:
        """Save the groups, and keep the groups of the person's roles: the form does not offer them, so saving would drop them."""
        role_groups = list(self.instance.groups.filter(name__in=roles.GROUPS.values()))
        super()._save_m2m()
        self.instance.groups.add(*role_groups)


class InvitationForm(PersonForm):
    """The form for a new person, who may choose the password."""

    password_required = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _(
            "Leave both passwords empty, and the person gets an email with a link to choose one."
        )

    def save(self, commit: bool = True) -> User:
        if not self.cleaned_data["password1"]:
            self.instance.set_unusable_password()
        return super().save(commit)


class ChangedPersonForm(PersonForm):
    """The form for a person who exists."""

    password_required = False
    # Each of these changes how somebody signs in or what they may do.
    CONFIRMED = frozenset({"email", "password1", "is_active", "is_superuser", "groups"})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["your_password"].help_text = _(
            "Only to change an email address, a password, or what somebody may do."
        )

    def sign_in_change(self) -> AccountChange.Kind | None:
        """What this form changes of how the person signs in."""
        kinds = {"email": AccountChange.Kind.ADDRESS, "password1": AccountChange.Kind.PASSWORD}
        return next((kind for name, kind in kinds.items() if name in self.changed_data), None)

    def needs_password(self) -> bool:
        return not self.CONFIRMED.isdisjoint(self.changed_data)


class RoleForm(OwnPasswordForm, forms.ModelForm):
    """One role of one person for one country. A role for every country is asked about before the password counts."""

    email = forms.EmailField(label=_("Email address of the person"))
    country = forms.ChoiceField(
        label=_("For people in"),
        choices=lambda: [("", _("Choose a country")), *countries, (ANYWHERE, _("every country"))],
    )
    field_order = ["email", "role", "country", "your_password"]

    class Meta:
        model = CountryScope
        fields = ["role", "country"]

    def clean_email(self) -> str:
        person = User.objects.with_email(self.cleaned_data["email"]).first()
        if person is None:
            raise forms.ValidationError(
                _("There is no account with this address. Invite the person first, under People.")
            )
        if person == self.by:
            raise forms.ValidationError(_("You cannot give a role to yourself. Ask another administrator."))
        self.instance.user = person
        return person.email

    @property
    def is_for_every_country(self) -> bool:
        return self.cleaned_data.get("country") == ANYWHERE

    def is_asked_again(self) -> bool:
        return self.is_for_every_country and "every_country" not in self.data

    def needs_password(self) -> bool:
        return not self.is_asked_again() and "back" not in self.data

    def save(self, commit: bool = True) -> CountryScope:
        """Grant the role with roles.grant(), which also adds the group. A role that the person already has stays one row."""
        self.instance = roles.grant(
            self.instance.user, self.cleaned_data["role"], self.cleaned_data["country"], self.by
        )
        return self.instance
