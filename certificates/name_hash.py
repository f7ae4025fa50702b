"""The keyed hash that replaces the name of an erased holder. A name that somebody types is compared with it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare


def spelling(name: str) -> str:
    """The name in one normal form, so that capitals, spaces and composed characters make no difference."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def keyed_hash(code: str, name: str) -> str:
    """The hash of a name on the certificate with this code, 64 hexadecimal digits.

    The key keeps others from trying names. The code gives two certificates of one name different hashes.
    """
    message = f"{code}\n{spelling(name)}".encode()
    return hmac.new(settings.CERTIFICATE_NAME_KEY.encode(), message, hashlib.sha256).hexdigest()


def matches(code: str, kept: str, typed: str) -> bool:
    return constant_time_compare(keyed_hash(code, typed), kept)
