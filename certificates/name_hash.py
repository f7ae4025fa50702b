"""What is left of a name when its holder is erased: a keyed hash, by which a typed name is known again."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare


def spelling(name: str) -> str:
    """One spelling for what people write alike: composed characters, no capitals, single spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def keyed_hash(code: str, name: str) -> str:
    """Without the key nobody can try names, and the code keeps two certificates of one name apart."""
    message = f"{code}\n{spelling(name)}".encode()
    return hmac.new(settings.CERTIFICATE_NAME_KEY.encode(), message, hashlib.sha256).hexdigest()


def matches(code: str, kept: str, typed: str) -> bool:
    return constant_time_compare(keyed_hash(code, typed), kept)
