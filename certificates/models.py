"""Certificates: the printed fields, the status, and the state of the PDF."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from accounts.models import User
from accounts.outbox import OutboxQuerySet, OutboxRow, OutboxState
from certificates.codes import new_code, shown
from certificates.printed_fields import FACTS, PrintedFields

NAME_WITHHELD = _("name withheld")  # a name of its own: gettext does not look into f-strings


class CertificateStatus(models.TextChoices):
    VALID = "valid", _("Valid")
    SUPERSEDED = "superseded", _("Replaced by a newer one")
    REVOKED = "revoked", _("Revoked")


class CertificateQuerySet(OutboxQuerySet):
    def unfinished(self) -> Self:
        """Certificates whose PDF still has to be made. Revoked, replaced and erased ones no longer get a PDF."""
        return super().unfinished().filter(standing=CertificateStatus.VALID, erased_at=None)

    def of(self, user: User) -> Self:
        """The certificates of this person, newest first."""
        return super().of(user).order_by("-issued_at", "-pk")

    def readable_by(self, user: User) -> Self:
        """Certificates whose PDF this user may download: their own, and those of people in their scope."""
        # A subquery, because the scope filter of somebody who sees everything is an empty Q, and OR drops an empty Q.
        own_or_in_scope = Q(learner=user) | Q(pk__in=Certificate.objects.visible_to(user).values("pk"))
        return self._scoped("own or in scope").filter(own_or_in_scope)

    def current(self, today: datetime.date | None = None) -> Self:
        """Certificates that are valid and have not expired on `today`, by default today in UTC."""
        today = today or timezone.now().date()
        return self.filter(standing=CertificateStatus.VALID, valid_until__gte=today)


# It has a name so that mypy accepts it in place of the manager of OutboxRow.
CertificateManager = models.Manager.from_queryset(CertificateQuerySet)


class Certificate(OutboxRow):
    """One certificate, and the outbox row of its PDF.

    Writers: certificates.issuing (the record), certificates.delivery (the PDF), certificates.privacy (the erasure of
    its holder). Every printed field is a copy, so a certificate does not change when the learner, the course or the
    operator changes. A correction is a new row with its own code, whose `replaces` points to the old row. Only staff
    with a role for all countries see the certificate of an erased person.
    """

    PERSON = "learner"
    code = models.CharField(_("code"), max_length=16, unique=True, default=new_code, editable=False)
    # The UUID of the enrolment that earned it. Not a foreign key, because this app does not import courses.
    achievement = models.UUIDField(editable=False, db_index=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="certificates",
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    # Set when the holder is erased: the time, and the hash that a typed name is compared with (certificates.name_hash).
    name_hash = models.CharField(max_length=64, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    course = models.CharField(_("course"), max_length=255)
    course_code = models.CharField(_("course code"), max_length=40, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=3, null=True)
    max_score = models.DecimalField(_("maximum score"), max_digits=8, decimal_places=3, null=True)
    edition = models.CharField(_("edition taught"), max_length=120)
    release = models.CharField(_("course release"), max_length=20)
    completed_on = models.DateField(_("completed"))
    valid_until = models.DateField(_("valid until"))
    issuer = models.CharField(_("issued by"), max_length=150)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    # The country at the time of issue. Access to the row follows the learner's current country instead.
    country = CountryField(verbose_name=_("country when issued"), blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)

    standing = models.CharField(_("status"), max_length=10, choices=CertificateStatus, default=CertificateStatus.VALID)
    standing_reason = models.CharField(_("reason"), max_length=300, blank=True)
    standing_at = models.DateTimeField(null=True)
    standing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("changed by")
    )
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")

    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    pdf_size = models.PositiveIntegerField(null=True, editable=False)

    objects: ClassVar[CertificateManager] = CertificateManager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            # The completion, the sweep and a repeated submission may issue at the same time; only one may succeed.
            # (For the same reason `replaces` is one-to-one: two corrections at once must not make two successors.)
            models.UniqueConstraint(
                fields=["achievement"], condition=Q(standing=CertificateStatus.VALID), name="one_valid_certificate"
            ),
            # Verification compares an uploaded file with the digest, so a PDF that is ready must have one.
            models.CheckConstraint(
                condition=~Q(state=OutboxState.DONE) | ~Q(pdf_sha256=""), name="ready_certificate_has_fingerprint"
            ),
            # A worker that makes the PDF during the erasure of its holder must not write old values back.
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | (Q(learner=None, name="", country="", score=None, pdf_sha256="") & ~Q(name_hash="")),
                name="erased_certificate_names_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown_code}, {self.name or NAME_WITHHELD}"

    @property
    def shown_code(self) -> str:
        return shown(self.code)

    def printed_fields(self) -> PrintedFields:
        """The printed fields, for the PDF and for the public page."""
        facts = {field: getattr(self, field) for field in FACTS}
        return PrintedFields(
            code=self.shown_code, name=self.name, issued_on=self.issued_at.date(), issuer=self.issuer, **facts
        )

    @property
    def expired(self) -> bool:
        return self.valid_until < timezone.now().date()

    @property
    def file_offered(self) -> bool:
        """Whether the holder's list links to the PDF: it is ready, and the certificate is not revoked or replaced."""
        return self.standing == CertificateStatus.VALID and self.state == OutboxState.DONE

    @property
    def current_status(self) -> str:
        """The status line in the holder's list, in the active language: the validity or the state of the PDF."""
        if self.standing != CertificateStatus.VALID:
            since = date_format(timezone.localtime(self.standing_at), "DATE_FORMAT")
            if self.standing == CertificateStatus.SUPERSEDED:
                return gettext("Replaced by a newer one on %(date)s.") % {"date": since}
            values = {"date": since, "reason": self.standing_reason}
            return gettext("Revoked on %(date)s. Reason given: %(reason)s") % values
        if self.is_unfinished:
            return gettext("Your PDF is being made. It will be ready in about a minute.")
        if self.state == OutboxState.FAILED:
            return gettext(
                "The PDF could not be made. The people who run this site can see this and will try again. The"
                " certificate itself is not affected."
            )
        line = gettext("Expired. It was valid until %(date)s.") if self.expired else gettext("Valid until %(date)s.")
        return line % {"date": date_format(self.valid_until, "DATE_FORMAT")}

    @property
    def validity(self) -> str:
        """The status on the public page: valid, expired, superseded or revoked."""
        return "expired" if self.standing == CertificateStatus.VALID and self.expired else self.standing
