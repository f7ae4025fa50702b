"""What the privacy app keeps about people: their requests for copies and erasure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts import privacy_register
from accounts.models import User
from accounts.privacy import YOU
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register
from privacy.models import DataCopy

COPIES = Purpose(
    _("The copy of your data, if you asked for one"),
    _("So that you can download it"),
    YOU,
    _("24 hours after it was made"),
)
ERASURES = Purpose(
    _("That your data was erased, as a number without a name"),
    _("So that it is erased again if the site has to be restored from a backup"),
    _("The administrators"),
    _("As long as the site runs"),
)

REGISTER = Register(
    models=(
        ModelPrivacy(
            "privacy.DataCopy",
            (PersonalFields("user", COPIES, OnErasure.DELETED, "user uuid asked_at done_at expires_at size"),),
            "id state due_at claimed_until tries last_error",
        ),
        ModelPrivacy(
            "privacy.Erasure",
            (PersonalFields("person:uuid", ERASURES, OnErasure.KEPT, "person asked_at", withheld="by"),),
            "id uuid state due_at claimed_until tries last_error done_at",
        ),
    ),
    tasks={
        "privacy.tasks.make_copy": "pk",
        "privacy.tasks.erase": "pk",
        "privacy.tasks.sweep": "",
    },
    folders={
        "COPIES_ROOT": "data copies, each for a day",
        "ERASURE_LOG": "numbers of erased people, to be kept apart from the backups",
    },
)


def erase(person: User) -> list[Path]:
    paths = [copy.path for copy in DataCopy.objects.of(person)]
    privacy_register.erase(REGISTER, person)
    return paths


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Return no files: a copy does not contain earlier copies."""
    return iter(())
