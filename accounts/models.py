"""Models of people, roles, the operator of the site, emails and the audit trail."""

from __future__ import annotations

import uuid
import zoneinfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from accounts.contrast import check_accent
from accounts.name_field import NameField
from accounts.outbox import OutboxRow
from accounts.ratelimit.limiter import Throttle  # noqa: F401 - a model of this room, in a module of its own


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


class Facility(models.Model):
    """A place of work. Staff maintain the list in the admin."""

    name = models.CharField(_("name"), max_length=200)
    country = CountryField(_("country"))
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


class UserManager(BaseUserManager):
    def with_email(self, email: str) -> models.QuerySet[User]:
        """Find the person with this address, at most one; nobody for "". Case and outer spaces do not matter."""
        address = email.strip().lower()
        return self.filter(email=address) if address else self.none()

    def create_user(self, email: str = "", password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str = "", password: str | None = None, **fields) -> User:
        self.check_administrator(email)
        return self.create_user(email, password, is_superuser=True, **fields)

    def check_administrator(self, email: str) -> None:
        """Raise ValidationError if the email is empty or taken: an administrator needs one to sign in."""
        if not email:
            raise ValidationError("An administrator needs an email address.")
        if self.with_email(email).exists():
            raise ValidationError("Somebody already signs in with this address.")


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Who has an email address signs in with it.

    Written by allauth, accounts.forms, the admin, createsuperuser, the privacy app and the demo.
    """

    # What hangs on a person is theirs. Their own rows are also asked for by libraries, which know nothing of scopes:
    # tests/test_scoping.py lists the places of ours that ask.
    PERSON = "pk"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Opaque, so that it never has to change and tells nobody who it is; never asked for and not shown.
    username = models.CharField(
        max_length=12, unique=True, default=new_username, validators=[RegexValidator(r"^[a-z0-9]+$")]
    )
    email = models.EmailField(_("e-mail address"), blank=True, db_index=True)
    name = NameField(
        _("name"), max_length=150, help_text=_("Exactly as it should be printed on a certificate, in any script.")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    country = CountryField(_("country where you work"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    cadre = models.CharField(_("your work"), max_length=20, choices=Cadre, blank=True)
    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), null=True, blank=True, on_delete=models.SET_NULL, related_name="staff"
    )
    licence_number = models.CharField(_("licence number"), max_length=60, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "name", "country"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            # Two people who sign up at once with one address, in capitals or not: one of them gets it.
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="email_once")
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the name, for places where the full name does not fit."""
        return self.name.split(maxsplit=1)[0] if self.name.strip() else str(self)

    @cached_property
    def is_staff(self) -> bool:
        """Whether this person may open the admin. Makes one query; has_perm() would make two on every page."""
        if self.is_superuser:
            return self.is_active
        mine = models.Q(group__user=self) | models.Q(user=self)
        access = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
        return self.is_active and access.filter(mine).exists()


class Role(models.TextChoices):
    TRAINER = "trainer", _("Trainer")
    REVIEWER = "reviewer", _("Reviewer")
    MANAGER = "manager", _("Programme manager")


class CountryScope(models.Model):
    """A role of a person for one country or all. Without a row, somebody sees no other person's records.

    Written by accounts.roles.grant() and revoke() only. Permissions on content are Wagtail's.
    """

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="scopes")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    country = models.CharField(max_length=2, help_text=_("Two letters, or * for every country."))

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        # Two grants at once must not leave two rows of which a revocation removes one.
        constraints = [models.UniqueConstraint(fields=["user", "role", "country"], name="scope_once")]

    def __str__(self) -> str:
        """Leave out the person's name: Wagtail writes this into its log, which outlives the person."""
        return f"{self.get_role_display()}, {self.country}"


@register_setting(icon="home")
class Operator(BaseSiteSetting):
    """The organisation that runs this site: its name, logo, accent colours and contact address."""

    name = models.CharField(_("name of the organisation"), max_length=150, default="National Training Centre")
    site_name = models.CharField(_("name of the site"), max_length=60, default="Plumbline")
    logo = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("logo"),
    )
    accent = models.CharField(_("accent colour, light theme"), max_length=7, default="#0d5a63")
    accent_dark = models.CharField(_("accent colour, dark theme"), max_length=7, default="#84cbd0")
    contact = models.EmailField(_("address for questions"), blank=True)

    panels = [
        MultiFieldPanel([FieldPanel("name"), FieldPanel("site_name"), FieldPanel("logo")], heading=_("Identity")),
        MultiFieldPanel([FieldPanel("accent"), FieldPanel("accent_dark")], heading=_("Colour")),
        FieldPanel("contact"),
    ]

    class Meta:
        verbose_name = _("operator")

    def clean(self) -> None:
        """Refuse an accent colour without AA contrast in its theme (design rules, "Colour")."""
        super().clean()
        errors = {}
        for field, theme in (("accent", "light"), ("accent_dark", "dark")):
            problem = check_accent(getattr(self, field), theme)
            if problem:
                errors[field] = problem
        if errors:
            raise ValidationError(errors)


class Email(OutboxRow):
    """One email to one person. Written by accounts.emails.outgoing, delivered by accounts.emails.delivery."""

    PERSON = "user"
    # The same cause may be handled twice (a task that ran twice, a sweep and a wake); the email goes out once.
    dedupe_key = models.CharField(max_length=200, unique=True)
    message_id = models.CharField(max_length=200, editable=False)
    to = models.EmailField()
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="emails")
    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)

    class Meta:
        verbose_name = _("email")
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Seal(models.Model):
    """One link of the audit chain, for a batch of entries. Appended by accounts.audit.trail.seal(), never changed."""

    # Two beats at once: one of them makes the next link, the other finds the number taken.
    number = models.PositiveIntegerField(primary_key=True)
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("seal of the audit trail")
        ordering = ["number"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"


class AuditEntry(models.Model):
    """Who did what to whose records, as ids only. Appended by accounts.audit.trail.record().

    Triggers (migration 0001) refuse every change and removal, except setting the seal once.
    """

    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("what"), max_length=40)
    # No foreign key: the entry outlives the person, and their id alone tells nobody who they were.
    actor = models.UUIDField(null=True)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    ids = models.JSONField(default=dict)
    seal = models.ForeignKey(Seal, null=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        verbose_name = _("entry of the audit trail")
        verbose_name_plural = _("audit trail")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["object_type", "object_id"]), models.Index(fields=["actor"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
