"""The register of certificates: what was printed, whether it stands, whether its file is there."""

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
from certificates.printed_fields import FACTS, Printed


class Standing(models.TextChoices):
    VALID = "valid", _("Valid")
    SUPERSEDED = "superseded", _("Replaced by a newer one")
    REVOKED = "revoked", _("Revoked")


class CertificateQuerySet(OutboxQuerySet):
    def unfinished(self) -> Self:
        """Those whose file is still to be made; a withdrawn or erased one is not printed any more."""
        return super().unfinished().filter(standing=Standing.VALID, erased_at=None)

    def of(self, user: User) -> Self:
        """The person's own certificates, newest first."""
        return super().of(user).order_by("-issued_at", "-pk")

    def readable_by(self, user: User) -> Self:
        """Those whose file this user may download: their own, and those of the people of their scope."""
        # As a subquery: who sees everything has an empty filter, and "or nothing" would be dropped.
        mine = Q(learner=user) | Q(pk__in=Certificate.objects.visible_to(user).values("pk"))
        return self._said("own or in scope").filter(mine)

    def current(self, today: datetime.date | None = None) -> Self:
        """Those that stand and have not expired."""
        today = today or timezone.now().date()
        return self.filter(standing=Standing.VALID, valid_until__gte=today)


# Named, so that mypy takes it in the place of the manager of OutboxRow.
CertificateManager = models.Manager.from_queryset(CertificateQuerySet)


class Certificate(OutboxRow):
    """One numbered document. Writers: certificates.issuing (the record), certificates.delivery (its file),
    certificates.privacy (what is left of it when its holder is erased).

    Every printed field is a copy: what was issued does not change when the learner, the course or the
    operator does. A correction is a new row with its own code; the old row says so and links on.
    Of an erased person it is visible to whoever sees all countries.
    """

    PERSON = "learner"
    code = models.CharField(_("code"), max_length=16, unique=True, default=new_code, editable=False)
    # What it was earned by: a key of the room above, which this room does not know.
    achievement = models.UUIDField(editable=False, db_index=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="certificates",
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    # Of an erased person: what a typed name is compared with (certificates.name_hash), and when the name went.
    name_hash = models.CharField(max_length=64, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    course = models.CharField(_("course"), max_length=255)
    course_code = models.CharField(_("course code"), max_length=40, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=2, null=True)
    max_score = models.DecimalField(_("out of"), max_digits=8, decimal_places=2, null=True)
    edition = models.CharField(_("edition taught"), max_length=120)
    release = models.CharField(_("course release"), max_length=20)
    completed_on = models.DateField(_("completed"))
    valid_until = models.DateField(_("valid until"))
    issuer = models.CharField(_("issued by"), max_length=150)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    # For figures by country; who may see the row follows the learner's present country instead.
    country = CountryField(verbose_name=_("country at issue"), blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)

    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.VALID)
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
            # The completion, its sweep and a repeated submission may each issue at the same moment: one stands.
            # (replaces is one-to-one for the same reason: two corrections at once must not make two successors.)
            models.UniqueConstraint(
                fields=["achievement"], condition=Q(standing=Standing.VALID), name="one_valid_certificate"
            ),
            # A file that is said to be ready has a fingerprint to compare with.
            models.CheckConstraint(
                condition=~Q(state=OutboxState.DONE) | ~Q(pdf_sha256=""), name="ready_certificate_has_fingerprint"
            ),
            # A worker that was printing while its holder was erased must not write back what it still remembers.
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | (Q(learner=None, name="", country="", score=None, pdf_sha256="") & ~Q(name_hash="")),
                name="erased_certificate_names_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown_code}, {self.name or _('name withheld')}"

    @property
    def shown_code(self) -> str:
        return shown(self.code)

    def printed(self) -> Printed:
        """What is on the paper, for the press and for the public page."""
        facts = {field: getattr(self, field) for field in FACTS}
        return Printed(
            code=self.shown_code, name=self.name, issued_on=self.issued_at.date(), issuer=self.issuer, **facts
        )

    @property
    def expired(self) -> bool:
        return self.valid_until < timezone.now().date()

    @property
    def file_offered(self) -> bool:
        """Whether the holder's list offers the file: the certificate stands, and printing it neither waits nor failed."""
        return self.standing == Standing.VALID and self.state == OutboxState.DONE

    @property
    def current_status(self) -> str:
        """The line of the holder's list: whether the certificate stands, or what becomes of its file."""
        if self.standing != Standing.VALID:
            since = date_format(timezone.localtime(self.standing_at), "DATE_FORMAT")
            if self.standing == Standing.SUPERSEDED:
                return gettext("Replaced by a newer one on %(date)s.") % {"date": since}
            values = {"date": since, "reason": self.standing_reason}
            return gettext("Revoked on %(date)s. Reason given: %(reason)s") % values
        if self.is_unfinished:
            return gettext("Being printed. Ready in about a minute.")
        if self.state == OutboxState.FAILED:
            return gettext(
                "It could not be printed. The people who run this site see it and will try again; the certificate itself"
                " stands."
            )
        line = gettext("Expired; it was valid until %(date)s.") if self.expired else gettext("Valid until %(date)s.")
        return line % {"date": date_format(self.valid_until, "DATE_FORMAT")}

    @property
    def validity(self) -> str:
        """What the public page says: valid, expired, superseded or revoked."""
        return "expired" if self.standing == Standing.VALID and self.expired else self.standing
