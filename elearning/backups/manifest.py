"""The manifest of an archive: what is in it, and which secrets are needed to use it. Uses no database and no files."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings

FORMAT = 1
ITERATIONS = 200_000  # so that a weak secret cannot be guessed from its fingerprint in little time
# What is lost when a secret of the archive is missing here. docs/secrets.md says more.
NEEDED_SECRETS = {
    "SECRET_KEY": "Staff with two-step sign-in must set it up again (manage.py forget_second_factor).",
    "CERTIFICATE_NAME_KEY": "The names of erased certificate holders can no longer be verified.",
}


class NotOurs(Exception):
    """The manifest is no manifest of this product, or of a format that this version does not know."""


class TableDigest(NamedTuple):
    """The number of rows of a table, and the sum of their SHA-256 digests, which does not depend on their order."""

    rows: int
    sha256: str


class FileDigest(NamedTuple):
    size: int
    sha256: str


@dataclass
class Manifest:
    version: str
    made_at: datetime
    engine: str  # "postgresql" or "sqlite"
    server: str  # the version of the database
    migrations: list[str] = field(default_factory=list)  # "app.name", the applied ones
    tables: dict[str, TableDigest] = field(default_factory=dict)
    files: dict[str, FileDigest] = field(default_factory=dict)  # by the name in the archive, the database included
    missing: list[str] = field(default_factory=list)  # files that rows name and that were not there, or were damaged
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def to_json(self) -> bytes:
        content = {"product": "Plumbline", "format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(content, indent=1, sort_keys=True).encode()


def read(text: bytes) -> Manifest:
    """Return the manifest of this JSON. Raises NotOurs."""
    try:
        content = json.loads(text)
        if content.pop("product") != "Plumbline":
            raise NotOurs("This is not a backup of this product.")
        if (number := content.pop("format")) != FORMAT:
            raise NotOurs(f"The format of this backup is {number}. This version reads format {FORMAT} only.")
        return Manifest(
            **content
            | {
                "made_at": datetime.fromisoformat(content["made_at"]).astimezone(UTC),
                "tables": {name: TableDigest(*value) for name, value in content["tables"].items()},
                "files": {name: FileDigest(*value) for name, value in content["files"].items()},
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotOurs("The manifest of this backup cannot be read.") from error


def secrets_in_use() -> dict[str, list[str]]:
    """Return for each needed secret its values, today's first. Never store or print them."""
    return {name: [getattr(settings, name), *getattr(settings, f"{name}_FALLBACKS")] for name in NEEDED_SECRETS}


def fingerprints() -> dict[str, Any]:
    """Return the fingerprints of the secrets, with a salt of their own, so that archives cannot be compared."""
    salt = secrets.token_hex(16)
    return {
        "salt": salt,
        **{name: [_fingerprint(value, salt) for value in values] for name, values in secrets_in_use().items()},
    }


def differing_secrets(keys: dict[str, Any]) -> list[str]:
    """Return the names of secrets of which the archive needs a value that is not known here."""
    salt = keys["salt"]
    return [
        name
        for name, values in secrets_in_use().items()
        if not _contains((_fingerprint(value, salt) for value in values), keys.get(name, []))
    ]


def _contains(known: Iterable[str], needed: list[str]) -> bool:
    return set(needed) <= set(known)


def _fingerprint(secret: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), bytes.fromhex(salt), ITERATIONS, 16).hex()
