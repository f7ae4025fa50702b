"""The organisation that runs the site."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from accounts.contrast import check_accent
from accounts.printable import check_printable


@register_setting(icon="home")
class Operator(BaseSiteSetting):
    """The organisation that runs this site: name, logo, accent colours, contact address."""

    name = models.CharField(
        _("name of the organisation"),
        max_length=150,
        default="National Training Centre",
        validators=[check_printable],
    )
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
