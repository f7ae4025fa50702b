"""Changed rules of a test that a release asks for: what publishing a draft would change, and who may publish it."""

from __future__ import annotations

import operator
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from django.db.models import F, Field
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry, Revision

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from courses.models.releases import CourseRelease
from courses.protection import who_is_under_way
from courses.releases import may_decide

if TYPE_CHECKING:
    from quizzes.models.pages import QuizPage

RULES = ("pass_percent", "minutes", "attempts_per_round", "pause_hours")
EASIER = {"pass_percent": operator.gt, "attempts_per_round": operator.lt, "pause_hours": operator.gt}  # old, new
LEAST_PASS_PERCENT = 50
PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")
Changes = dict[str, tuple[int, int]]  # the name of a field: its value as published, and its value in the draft


def too_low(page: QuizPage) -> list[str]:
    """That the pass mark of this page certifies nothing, in words; [] if it is high enough, or for practice."""
    if page.is_practice or page.pass_percent >= LEAST_PASS_PERCENT:
        return []
    return [_("The pass mark of a test is at least %(least)s %%.") % {"least": LEAST_PASS_PERCENT}]


def changes(draft: QuizPage) -> Changes:
    """The rules that publishing this draft would change; {} for practice, and for a test that no release has."""
    if not draft.pk or draft.is_practice or not CourseRelease.objects.naming(draft.translation_key).exists():
        return {}
    published = _published(draft)
    values = {rule: (getattr(published, rule), getattr(draft, rule)) for rule in RULES}
    return {rule: (old, new) for rule, (old, new) in values.items() if old != new}


def _published(draft: QuizPage) -> QuizPage:
    """The page as it was last published; for a translation that never was, a published page of the same test.

    A draft of a page that is not published is written into its row, so the row counts only while the page is. Nor does
    a revision count that autosave has overwritten since it was published.
    """
    row = type(draft).objects.get(pk=draft.pk)
    if row.live:
        return row
    entries = PageLogEntry.objects.filter(page=draft.pk, action__in=PUBLISHED, revision__created_at__lte=F("timestamp"))
    entry = entries.select_related("revision").order_by("-pk").first()
    if entry:
        return entry.revision.as_object()
    return type(draft).objects.live().filter(translation_key=draft.translation_key).first() or row


def objections(draft: QuizPage, user: User | None, revision: Revision | None = None) -> list[str]:
    """Why this user may not publish the draft, in words; [] if they may. The system (None) may.

    An easier test is the decision of somebody who may decide about withdrawn tests and who has not made it easier.
    `revision` is the one to publish; None for the newest and what has just been typed.
    """
    changed = changes(draft)
    easier = {
        rule: changed[rule] for rule, is_easier in EASIER.items() if rule in changed and is_easier(*changed[rule])
    }
    if user is None or not easier:
        return []
    if may_decide(user) and not any(_is_own(draft, rule, user, revision) for rule in easier):
        return []
    text = _("This would make a test easier that a release asks for. %(changes)s")
    who = _("Only a reviewer for all countries who did not make this change can publish it.")
    return [f"{text % {'changes': _in_words(draft, easier)}} {who}"]


def _is_own(draft: QuizPage, rule: str, user: User, revision: Revision | None) -> bool:
    """Whether this user has brought the value that the draft has: nobody has saved it before them."""
    revisions = draft.revisions.filter(pk__lte=revision.pk) if revision else draft.revisions
    saved = revisions.order_by("-pk").values_list("user", f"content__{rule}")
    authors = [author for author, _value in takewhile(lambda row: row[1] == getattr(draft, rule), saved)]
    return not authors or authors[-1] == user.pk


def announced(draft: QuizPage) -> list[str]:
    """The rules that publishing this draft would change, in words for whoever opens it; [] for none."""
    changed = changes(draft)
    text = _("This draft changes the rules of a test that a release asks for. %(changes)s")
    return [text % {"changes": _in_words(draft, changed)}] if changed else []


def _in_words(draft: QuizPage, changed: Changes) -> str:
    """Each changed rule with its values, and how many people are under way."""
    rules = [
        _("%(rule)s: %(old)s → %(new)s.")
        % {"rule": capfirst(cast(Field, draft._meta.get_field(rule)).verbose_name), "old": old, "new": new}
        for rule, (old, new) in changed.items()
    ]
    return " ".join([*rules, who_is_under_way([draft])]).strip()


def scheduled_by(revision: Revision) -> User | None:
    """Who was the last to schedule this revision; None if nobody was."""
    entries = PageLogEntry.objects.filter(revision=revision, action="wagtail.publish.schedule").order_by("-pk")
    return User.objects.filter(pk=entries.values_list("user", flat=True).first()).first()


def record(page: QuizPage, user: User | None, changed: Changes) -> None:
    """Add an entry with the old and new values to the audit trail. Without changes there is none."""
    if changed:
        before = {f"{rule}_before": old for rule, (old, _new) in changed.items()}
        after = {rule: new for rule, (_old, new) in changed.items()}
        trail.record(Verb.TEST_RULES_CHANGED, user, page, quiz=page.translation_key, **before, **after)
