"""The keyed hash that replaces the name of an erased holder, and comparing a typed name with it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare


def normalise(name: str) -> str:
    """The name in a normal form, so that capitals, spaces and composed characters make no difference."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def keyed_hash(code: str, name: str) -> str:
    """The hash of a name on the certificate with this code, 64 hexadecimal digits.

    Without the secret key nobody can try names offline. The code makes the hashes of one name on two certificates
    differ.
    """
    return _hash_with(settings.CERTIFICATE_NAME_KEY, code, name)


def matches(code: str, stored_hash: str, typed: str) -> bool:
    """Whether `typed` is the name that `stored_hash` was made of, with today's key or a former one.

    A hash cannot be made anew, because the name is gone. The time taken depends on the number of keys only.
    """
    keys = [settings.CERTIFICATE_NAME_KEY, *settings.CERTIFICATE_NAME_KEY_FALLBACKS]
    results = [constant_time_compare(_hash_with(key, code, typed), stored_hash) for key in keys]
    return any(results)


def _hash_with(key: str, code: str, name: str) -> str:
    return hmac.new(key.encode(), f"{code}\n{normalise(name)}".encode(), hashlib.sha256).hexdigest()
