"""Judge whether a secret is one that nobody can guess. Uses no settings."""

from __future__ import annotations

# Django's own check asks 50 characters of a key (security.W009). A password is tried over a network, so fewer do.
KEY_LENGTH, PASSWORD_LENGTH = 50, 16
DIFFERENT_CHARACTERS = 10
# What people write where a secret is still to come.
PLACEHOLDERS = ("change me", "changeme", "django insecure", "placeholder", "your secret", "yoursecret", "…", "...")
COMMON = {"secret", "password", "passw0rd", "admin", "administrator", "plumbline", "postgres", "redis", "letmein"}


def weakness(value: str, length: int = KEY_LENGTH) -> str:
    """Say what is weak about a secret, as the end of a sentence that begins with "it"; "" if nothing is."""
    words = value.lower().replace("-", " ").replace("_", " ")
    different = len(set(value))
    reasons = {
        "begins with $, so it is probably a variable that was not replaced": value.startswith("$"),
        "is a placeholder": any(placeholder in words for placeholder in PLACEHOLDERS),
        "is a word that everybody tries first": set(words.split()) <= COMMON,
        f"has {len(value)} characters, and needs at least {length}": len(value) < length,
        f"has {different} different characters, and needs at least {DIFFERENT_CHARACTERS}": (
            different < DIFFERENT_CHARACTERS
        ),
        "repeats itself": _repeats(value),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _repeats(value: str) -> bool:
    """Whether the text is a shorter text written again and again."""
    return any(value[size:] == value[:-size] for size in range(1, len(value) // 2 + 1))
