"""People, their work, and their facilities."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.db.models.query_utils import DeferredAttribute
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from accounts.name_field import NameField
from accounts.time_zones import usual_zone
from accounts.titles import without_title


def check_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone from the list."))


class Cadre(models.TextChoices):
    DOCTOR = "doctor", _("Doctor")
    NURSE = "nurse", _("Nurse or midwife")
    CLINICAL_OFFICER = "clinical_officer", _("Clinical officer")
    PHARMACIST = "pharmacist", _("Pharmacist")
    PSYCHOLOGIST = "psychologist", _("Psychologist or counsellor")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    OUTREACH = "outreach", _("Outreach or community worker")
    PEER = "peer", _("Peer worker")
    MANAGER = "manager", _("Service manager")
    POLICY = "policy", _("Policymaker or researcher")
    STUDENT = "student", _("Student")
    OTHER = "other", _("Other")


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")


class Undeliverable(models.TextChoices):
    """How it became known that emails do not reach an address."""

    REFUSED = "refused", _("the mail server refused it")
    UNENCODABLE = "unencodable", _("no mail server can be told this address")
    BOUNCED = "bounced", _("an email came back")


class Facility(models.Model):
    """A place of work. Staff maintain the list in the admin."""

    name = models.CharField(_("name"), max_length=200)
    country = CountryField(verbose_name=_("country"))
    region = models.CharField(_("region"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ["country", "name"]
        constraints = [
            models.UniqueConstraint(fields=["country", "region", "name"], name="facility_once_in_its_region")
        ]

    def __str__(self) -> str:
        return self.name


def new_username() -> str:
    """Return twelve random characters, which say nothing about the person."""
    return get_random_string(12, "abcdefghjkmnpqrstuvwxyz23456789")


class UserManager(BaseUserManager["User"]):
    def with_email(self, email: str) -> models.QuerySet[User]:
        """Find the person with this address, at most one; none for "". Case and outer spaces do not matter."""
        address = email.strip().lower()
        return self.filter(email=address) if address else self.none()

    def create_user(self, email: str = "", password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str = "", password: str | None = None, **fields) -> User:
        self.check_administrator(email)
        fields.setdefault("time_zone", usual_zone(str(fields.get("country", ""))))  # the command does not ask for it
        return self.create_user(email, password, is_superuser=True, **fields)

    def check_administrator(self, email: str) -> None:
        """Raise ValidationError if the email is empty or taken: an administrator needs one to sign in."""
        if not email:
            raise ValidationError("An administrator needs an email address.")
        if self.with_email(email).exists():
            raise ValidationError("There is already an account with this address.")


DJANGOS = PermissionsMixin._meta.get_field("is_superuser")


class WithheldAttribute(DeferredAttribute):
    """Read as False while the powers of the person are withheld. The stored value stays what it is."""

    def __get__(self, instance, cls=None):
        if instance is not None and instance.powers_withheld:
            return False
        return super().__get__(instance, cls)

    def __set__(self, instance, value) -> None:
        instance.__dict__[self.field.attname] = value

    def stored(self, instance) -> bool:
        return super().__get__(instance)


class SuperuserField(models.BooleanField):
    """`is_superuser`. It deconstructs to a BooleanField, so migrations do not import it."""

    descriptor_class = WithheldAttribute

    def pre_save(self, model_instance, add):
        return model_instance.is_stored_superuser

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BooleanField", args, kwargs


class User(AbstractBaseUser, PermissionsMixin):
    """A person. People who have an email address sign in with it.

    Written by allauth, accounts.forms, the admin, createsuperuser, first_run, the privacy app and the demo.
    """

    # The manager of this model is not a PersonalQuerySet, because libraries query users without scopes.
    # tests/accounts/test_scoping.py lists the places in our code that query users.
    PERSON = "pk"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Random, so that it never has to change and says nothing about the person. It is never asked for or shown.
    username = models.CharField(
        max_length=12, unique=True, default=new_username, validators=[RegexValidator(r"^[a-z0-9]+$")]
    )
    email = models.EmailField(_("email address"), blank=True, db_index=True)
    name = NameField(
        _("name"),
        max_length=150,
        help_text=_("As it should appear on certificates, in any script, without titles such as Dr."),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    country = CountryField(verbose_name=_("country where you work"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    cadre = models.CharField(_("your work"), max_length=20, choices=Cadre, blank=True)
    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), null=True, blank=True, on_delete=models.SET_NULL, related_name="staff"
    )
    licence_number = models.CharField(_("licence number"), max_length=60, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, blank=True)
    course_emails = models.BooleanField(_("Email me when the steps of my courses change"), default=True)
    # The address that emails did not reach. It counts as long as it is the person's address: see mail_fails.
    # Written by accounts.emails.addresses only.
    undeliverable_address = models.EmailField(blank=True, editable=False)
    undeliverable_how = models.CharField(max_length=12, choices=Undeliverable, blank=True, editable=False)
    undeliverable_reason = models.CharField(max_length=300, blank=True, editable=False)
    undeliverable_since = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_superuser = SuperuserField(DJANGOS.verbose_name, default=False, help_text=DJANGOS.help_text)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    # True for the person of a request whose session has not shown the second step (accounts.authentication.powers).
    powers_withheld = False

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "name", "country"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            # If two people sign up at the same time with the same address, in any case, only one of them succeeds.
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="email_once")
        ]
        indexes = [models.Index(fields=["name", "id"], name="person_by_name")]  # the order of lists and reports

    def __str__(self) -> str:
        return self.name or self.email or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the name that is no title, for places where the full name does not fit."""
        return without_title(self.name).split(maxsplit=1)[0] if self.name.strip() else str(self)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The day at this moment where this person is. A day that is kept is stored as such: people may move."""
        return timezone.localdate(moment, self.zone)

    @property
    def mail_fails(self) -> bool:
        """Whether emails to this person's present address do not arrive."""
        return bool(self.email) and self.undeliverable_address == self.email

    @property
    def first_name(self) -> str:
        """What Wagtail shows at the foot of its menu. Without it, that would be the opaque username."""
        return self.get_short_name()

    @property
    def is_stored_superuser(self) -> bool:
        """What the row says, also while the powers of the person are withheld."""
        return vars(User)["is_superuser"].stored(self)

    @property
    def is_staff(self) -> bool:
        """Whether this person may open the admin now."""
        return not self.powers_withheld and self.is_staff_member

    @cached_property
    def is_staff_member(self) -> bool:
        """Whether this person may open the admin once they have shown the second step.

        Makes one query; has_perm() would make two on every page.
        """
        if self.is_stored_superuser:
            return self.is_active
        held = models.Q(group__user=self) | models.Q(user=self)
        access = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
        return self.is_active and access.filter(held).exists()
