"""What this app keeps about people: which editor confirmed which text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts import privacy_register
from accounts.models import User
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register

CHECKS = Purpose(
    _("Which texts of the Standards you confirmed, if you are an editor"),
    _("So that readers see which texts were compared with the publication"),
    _("The staff"),
    _("As long as the text. If you have your data erased, it is shown as somebody of the former staff"),
)

REGISTER = Register(
    models=(
        # Triggers keep the row, so erasure cannot remove it. The account that it points to loses its name.
        ModelPrivacy(
            "standards.StatementCheck",
            (PersonalFields("by", CHECKS, OnErasure.KEPT, "by at", also={"statement": "text__statement__code"}),),
            "id text",
        ),
        ModelPrivacy(
            "standards.Edition",
            (),
            "id slug title short_title year publishers isbn url licence licence_url citation languages sources sealed_at",
        ),
        ModelPrivacy("standards.Section", (), "id edition code title summary note kind basis position"),
        ModelPrivacy(
            "standards.Statement",
            (),
            "id edition section code label position audience evidence_note sources basis editor_check",
        ),
        ModelPrivacy("standards.StatementText", (), "id statement language kind text source created_at"),
    )
)


def erase(person: User) -> list[Path]:
    """Erase what REGISTER declares. Return no paths, because this app keeps no files."""
    privacy_register.erase(REGISTER, person)
    return []


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Yield nothing, because this app keeps no files."""
    return iter(())
