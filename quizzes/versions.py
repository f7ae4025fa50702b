"""Question versions by their primary key. They never change, so each process remembers them.

They hold the answer keys. What a page may show of them is decided at every request (quizzes.answer_keys); no page, and
no part of one, is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.process_cache import remember_each
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import AttemptItem

CACHE_SECONDS = 300


def versions_by_pk(pks: Iterable[int]) -> dict[int, QuestionVersion]:
    """The versions with these primary keys; at most one query. All requests share them, so nobody may change them."""
    return remember_each("version", pks, CACHE_SECONDS, QuestionVersion.objects.in_bulk)


def load_versions(items: Iterable[AttemptItem]) -> None:
    """Load the version of each of these items; at most one query."""
    items = list(items)
    versions = versions_by_pk(item.version_id for item in items)
    for item in items:
        item.version = versions[item.version_id]
