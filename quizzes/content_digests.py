"""Digests of the content of a question version. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.text_matching import normalise


def words_digest(content: dict[str, Any]) -> str:
    """SHA-256 of what a learner reads in a question. Case, punctuation and the order of the options do not matter."""
    words = QUESTION_TYPES[content["kind"]].words(content["body"])
    return digest({"stem": normalise(content["stem"]), "words": sorted(map(normalise, words))})


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content as hex digits. The order of the fields does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
