"""What every page has that a learner completes."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def minutes_field(most: int) -> models.PositiveSmallIntegerField:
    """How long a step takes, from 1 minute to this many."""
    least = MinValueValidator(1, _("Enter at least one minute."))
    return models.PositiveSmallIntegerField(
        _("minutes"),
        default=20,
        validators=[least, MaxValueValidator(most, _("Enter at most %(limit_value)s minutes."))],
    )


class StepMixin(models.Model):
    """Something that a learner completes. courses.outline.step_classes() finds every page class with this mixin.

    courses.importing.steps knows how a part of a course package becomes such a page.
    """

    number = models.CharField(_("number"), max_length=12, blank=True, help_text=_("As shown, for example 1.2.3."))
    minutes = minutes_field(most=240)
    bytes = models.PositiveIntegerField(default=0, editable=False)  # weight() of what is published

    # The page class has these. They are declared here because Wagtail has no type annotations.
    objects: ClassVar[Any]
    live: bool
    has_unpublished_changes: bool
    last_published_at: datetime | None
    translation_key: uuid.UUID

    part_kind = ""  # `kind:` in the front matter of a package part

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        """Save the page, with the size of what learners get from now on."""
        if self.live and kwargs.get("update_fields") is None:
            self.bytes = self.weight()
        super().save(*args, **kwargs)

    @property
    def certifies(self) -> bool:
        """Whether a certificate rests on this step: it is never waived, only withdrawn by a release."""
        return False

    @classmethod
    def unpassed_enrolments(cls, step_keys: Collection) -> models.QuerySet | None:
        """The enrolments that have tried one of these steps and not passed it, as one column; None for no such."""
        return None

    @classmethod
    def enrolments_shown(cls, step_keys: Collection, until: datetime) -> models.QuerySet | None:
        """The enrolments that were shown one of these steps otherwise than as a lesson, as one column; None for no such."""
        return None

    @classmethod
    def not_ready(cls, pages: models.QuerySet) -> list[tuple[Any, list[str]]]:
        """Those of these published pages that nobody can start at the moment, each with the reasons in words."""
        return []

    def changed_since(self, moment: datetime) -> bool:
        """Whether what learners get from this step was published after that moment."""
        return self.last_published_at is not None and self.last_published_at > moment

    def has_drafts(self) -> bool:
        """Whether a change of what learners get from this step is not published yet."""
        return self.has_unpublished_changes

    def weight(self) -> int:
        """Approximately how many bytes are transferred to open this step, without the files that all pages share."""
        return 0
