"""Roles, and the countries they are held for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Role(models.TextChoices):
    TRAINER = "trainer", _("Trainer")
    REVIEWER = "reviewer", _("Reviewer")
    MANAGER = "manager", _("Programme manager")


class CountryScope(models.Model):
    """One role of one person for one country: it opens the records of people there. Without a row, a person sees none.

    Written by accounts.roles.grant() and revoke() only. Rights on content come from Wagtail's groups.
    """

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="scopes", db_index=False
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    country = models.CharField(max_length=2, help_text=_("Two letters, or * for every country."))

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        # Two simultaneous grants must not leave two rows: a revocation would remove only one of them.
        constraints = [models.UniqueConstraint(fields=["user", "role", "country"], name="scope_once")]

    def __str__(self) -> str:
        """Leave out the person's name: Wagtail writes this text into its log, which outlives the person."""
        return f"{self.get_role_display()}, {self.country}"
