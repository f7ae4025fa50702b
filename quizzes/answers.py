"""What an attempt is graded from: paper, saved answers, corrections in force, and the points that people gave."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from quizzes import grading
from quizzes.corrections import Fix
from quizzes.models.manual_marking import Script
from quizzes.models.records import Attempt, AttemptItem
from quizzes.models.regrades import IN_FORCE, Regrade
from quizzes.question_types import MARKED_BY_PEOPLE
from quizzes.versions import load_versions

PLACES = Decimal("0.001")
Fixes = dict[int, list[Fix]]  # by version, or by position
SharesByAttempt = dict[int, dict[int, Fraction]]  # what people gave, from 0 to 1, by attempt and position


# It is SQL because every page of a test reads it, and the ORM takes three times as long to compose it and read the rows.
ANSWERED_ITEMS = """
    SELECT item.*,
        (SELECT op FROM quizzes_response WHERE item_id = item.id ORDER BY op DESC LIMIT 1) AS last_op,
        (SELECT payload FROM quizzes_response WHERE item_id = item.id ORDER BY op DESC LIMIT 1) AS payload,
        EXISTS (SELECT 1 FROM quizzes_regrade WHERE version_id = item.version_id AND stage IN (%s, %s)) AS is_corrected
    FROM quizzes_attemptitem AS item WHERE attempt_id = %s ORDER BY position
"""


def answered_items(attempt: Attempt) -> list[AttemptItem]:
    """The items of the attempt in order; one query.

    Each has the answer that counts, as AttemptItemQuerySet.with_answer() gives it, and `is_corrected`: whether a
    correction of its version is in force.
    """
    items = list(attempt.items.raw(ANSWERED_ITEMS, [*(stage.value for stage in IN_FORCE), attempt.pk]))
    for item in items:
        item.payload = None if item.payload is None else json.loads(item.payload)
    return items


def decimal(score: Fraction) -> Decimal:
    """The score as a Mark stores it. It is cut to PLACES, so that it reaches a pass mark only if the exact score does."""
    return (Decimal(score.numerator) / score.denominator).quantize(PLACES, ROUND_FLOOR)


def fixes_of(versions: Collection[int], also: Regrade | None = None) -> Fixes:
    """The corrections in force for these versions, plus that of the regrade `also`, not in force yet. At most one query."""
    fixes: Fixes = defaultdict(list)
    if not versions and also is None:
        return {}
    in_force = Regrade.objects.in_force().filter(version__in=versions)
    for version, choice, answer in in_force.values_list("version_id", "choice", "answer"):
        fixes[version].append(Fix(choice, answer))
    if also is not None:
        fixes[also.version_id].append(also.fix)
    return dict(fixes)


def shares_by_people(attempts: Collection[int], contents: Iterable[dict]) -> SharesByAttempt:
    """What people gave for the scripts of these attempts; one query, and none if people mark none of `contents`."""
    if not any(content["kind"] in MARKED_BY_PEOPLE for content in contents):
        return {}
    shares: SharesByAttempt = defaultdict(dict)
    settled = Script.objects.everybody("marked again").filter(item__attempt__in=attempts).exclude(points=None)
    for script in settled.select_related("item"):
        shares[script.item.attempt_id][script.item.position] = script.share
    return shares


def grading_input(
    attempt: Attempt,
) -> tuple[grading.Paper, dict[int, object], dict[int, list[Fix]], dict[int, Fraction]]:
    """Return the paper of an attempt and, by position, its answers, corrections in force, and shares given by people.

    Shares are from 0 to 1. One query, and one more each where people mark, for corrections, and for versions that the
    process does not remember.
    """
    items = answered_items(attempt)
    load_versions(items)
    paper = [item.version.content for item in items]
    fixes = fixes_of({item.version_id for item in items if item.is_corrected})
    return (
        paper,
        {item.position: item.payload for item in items},
        {item.position: fixes[item.version_id] for item in items if item.version_id in fixes},
        shares_by_people([attempt.pk], paper).get(attempt.pk, {}),
    )
