"""Certificates: the printed fields, the status, and the state of the PDF."""

from __future__ import annotations

import datetime
import zoneinfo
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
from accounts.outbox import UNFINISHED, OutboxQuerySet, OutboxRow, OutboxState
from accounts.printable import shown as shown_signs
from accounts.printable import unprintable
from certificates.codes import new_code, shown
from certificates.printed_fields import FACTS, PrintedFields

NAME_WITHHELD = _("name withheld")  # a name of its own: gettext does not look into f-strings


class CertificateStatus(models.TextChoices):
    PREPARED = "prepared", _("Being prepared")  # it is to replace another one; not valid before its PDF exists
    VALID = "valid", _("Valid")
    SUPERSEDED = "superseded", _("Replaced by a newer one")
    REVOKED = "revoked", _("Revoked")


NEED_A_FILE = (CertificateStatus.VALID, CertificateStatus.PREPARED)


class CertificateQuerySet(OutboxQuerySet):
    def unfinished(self) -> Self:
        """Certificates whose PDF still has to be made. Revoked, replaced and erased ones no longer get a PDF."""
        return super().unfinished().filter(standing__in=NEED_A_FILE, erased_at=None)

    def failed(self) -> Self:
        """Certificates whose PDF could not be made and is still needed."""
        return super().failed().filter(standing__in=NEED_A_FILE, erased_at=None)

    def issued(self) -> Self:
        """Certificates that are valid or were valid once; not those that are only being prepared."""
        return self.exclude(standing=CertificateStatus.PREPARED)

    def of(self, user: User) -> Self:
        """The certificates of this person, newest first."""
        return super().of(user).order_by("-issued_at", "-pk")

    def listed_for(self, user: User) -> Self:
        """The certificates that the holder's own list shows, newest first, with their successors."""
        return self.of(user).issued().select_related("replaced_by")

    def readable_by(self, user: User) -> Self:
        """Certificates whose PDF this user may download: their own, and those of people in their scope."""
        # A subquery, because the scope filter of somebody who sees everything is an empty Q, and OR drops an empty Q.
        own_or_in_scope = Q(learner=user) | Q(pk__in=Certificate.objects.visible_to(user).values("pk"))
        return self._scoped("own or in scope").filter(own_or_in_scope)


# It has a name so that mypy accepts it in place of the manager of OutboxRow.
CertificateManager = models.Manager.from_queryset(CertificateQuerySet)


class Certificate(OutboxRow):
    """One certificate, and the outbox row of its PDF.

    Writers: certificates.issuing (the record), certificates.validity (its status), certificates.delivery (the PDF),
    certificates.privacy (the erasure of its holder). Every printed field is a copy, so a certificate does not change
    when the learner, the course or the operator changes. A correction is a new row with its own code, whose `replaces`
    points to the old row. Only staff with a role for all countries see the certificate of an erased person.
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
    # All days of a certificate are days in this zone, the holder's when the course was completed. A successor keeps it.
    issued_on = models.DateField(_("issued on"), editable=False)
    time_zone = models.CharField(_("time zone of its days"), max_length=64, default="UTC", editable=False)

    standing = models.CharField(_("status"), max_length=10, choices=CertificateStatus, default=CertificateStatus.VALID)
    standing_reason = models.CharField(_("reason"), max_length=300, blank=True)
    standing_at = models.DateTimeField(null=True)
    standing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("changed by")
    )
    # A revocation by a person is final. One that only undoes a mistake of ours is not: completing again issues another.
    may_be_earned_again = models.BooleanField(default=False, editable=False)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")

    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    pdf_size = models.PositiveIntegerField(null=True, editable=False)
    # The digests of earlier files of this certificate, with spaces between. Holders have them, and they still verify.
    former_pdf_sha256s = models.TextField(blank=True, editable=False)

    objects: ClassVar[CertificateManager] = CertificateManager()

    class Meta(OutboxRow.Meta):
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-pk"]
        indexes = [
            *OutboxRow.Meta.indexes,
            models.Index(fields=["-issued_at", "-id"], name="certificate_newest_issued"),
        ]
        constraints = [
            # The completion, the sweep and a repeated submission may issue at the same time; only one may succeed.
            # (For the same reason `replaces` is one-to-one: two corrections at once must not make two successors.)
            models.UniqueConstraint(
                fields=["achievement"], condition=Q(standing=CertificateStatus.VALID), name="one_valid_certificate"
            ),
            # A worker must not finish a successor without putting it in the place of the old one.
            models.CheckConstraint(
                condition=~Q(standing=CertificateStatus.PREPARED)
                | (Q(state__in=[*UNFINISHED, OutboxState.FAILED], erased_at=None, replaces__isnull=False)),
                name="prepared_certificate_is_no_certificate_yet",
            ),
            # Verification compares an uploaded file with the digest, so a PDF that is ready must have one.
            models.CheckConstraint(
                condition=~Q(state=OutboxState.DONE) | ~Q(pdf_sha256=""), name="ready_certificate_has_fingerprint"
            ),
            # A worker that makes the PDF during the erasure of its holder must not write old values back.
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(
                    learner=None, name="", country="", time_zone="UTC", score=None, pdf_sha256="", former_pdf_sha256s=""
                )
                & ~Q(name_hash=""),
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
            code=self.shown_code, name=self.name, issued_on=self.issued_on, issuer=self.issuer, **facts
        )

    def day_of(self, moment: datetime.datetime) -> datetime.date:
        """The day at this moment, in the time zone of the certificate."""
        return timezone.localdate(moment, zoneinfo.ZoneInfo(self.time_zone))

    @property
    def today(self) -> datetime.date:
        return self.day_of(timezone.now())

    @property
    def standing_on(self) -> datetime.date | None:
        """The day on which the certificate was revoked or replaced; None while it is valid."""
        return self.day_of(self.standing_at) if self.standing_at else None

    @property
    def expired(self) -> bool:
        return self.valid_until < self.today

    @property
    def file_offered(self) -> bool:
        """Whether the holder's list links to the PDF: it is ready, and the certificate is not revoked or replaced."""
        return self.standing == CertificateStatus.VALID and self.state == OutboxState.DONE

    @property
    def successor(self) -> Certificate | None:
        """The certificate that replaces this one or is being prepared to; listed_for() loads it with this one."""
        return getattr(self, "replaced_by", None)

    @property
    def is_pending(self) -> bool:
        """Whether the holder's list will change soon: the PDF of this certificate or of its successor is being made."""
        rows = [row for row in (self, self.successor) if row]
        return self.standing == CertificateStatus.VALID and any(row.is_unfinished for row in rows)

    @property
    def current_status(self) -> str:
        """The status line in the holder's list, in the active language: the validity or the state of the PDF."""
        if self.standing_on:
            since = date_format(self.standing_on, "DATE_FORMAT")
            if self.standing == CertificateStatus.SUPERSEDED:
                return gettext("Replaced by a newer one on %(date)s.") % {"date": since}
            values = {"date": since, "reason": self.standing_reason}
            return gettext("Revoked on %(date)s. Reason given: %(reason)s") % values
        lines = [self._state_of_file(), self.successor.state_as_successor() if self.successor else ""]
        return " ".join(line for line in lines if line)

    def _state_of_file(self) -> str:
        if self.is_unfinished:
            return gettext("Your PDF is being made. It will be ready in about a minute.")
        if self.state == OutboxState.FAILED:
            return self._why_failed() or gettext(
                "The PDF could not be made. The people who run this site can see this and will try again. The"
                " certificate itself is not affected."
            )
        line = gettext("Expired. It was valid until %(date)s.") if self.expired else gettext("Valid until %(date)s.")
        return line % {"date": date_format(self.valid_until, "DATE_FORMAT")}

    def state_as_successor(self) -> str:
        """What the holder's list says about this certificate, beside the one that it is to replace."""
        if self.state == OutboxState.FAILED:
            return self._why_failed() or gettext(
                "The new certificate could not be made. The people who run this site can see this and will try again."
            )
        return gettext("A new certificate is being made. This one stays valid until the new one is ready.")

    def _why_failed(self) -> str:
        """What the holder can do about a PDF that could not be made; "" when it is not for them to do anything."""
        signs = unprintable(self.name)
        if not signs:
            return ""
        return gettext(
            "Your name cannot be printed because of this: %(signs)s. Change your name in your details, then ask your"
            " programme manager to issue the certificate again."
        ) % {"signs": shown_signs(signs)}

    @property
    def validity(self) -> str:
        """The status on the public page: valid, expired, superseded or revoked."""
        return "expired" if self.standing == CertificateStatus.VALID and self.expired else self.standing
