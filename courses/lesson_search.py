"""Find lessons by what they say. Wagtail keeps the index; answers of knowledge checks are not in it (courses.blocks)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail.search.query import And, PlainText

from courses import access
from courses.catalogue import CatalogueEntry
from courses.models.pages import CoursePage, LessonPage
from courses.outline import COURSE_PATH

MOST = 20  # lessons shown
BEFORE, LENGTH = 60, 220  # characters of an excerpt before its first hit, and in all
WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")  # a number with its decimals is one word


@dataclass(frozen=True)
class FoundLesson:
    """One lesson with an excerpt that shows the words. `url` is that of its course for who may not open the lesson."""

    lesson: LessonPage
    course: CoursePage
    url: str
    is_open: bool
    excerpt: SafeString  # "" when the lesson is not open


def find(request: HttpRequest, words: str, courses: list[CatalogueEntry]) -> list[FoundLesson]:
    """Up to MOST published lessons of these courses that say every word of `words`, or a word that begins so.

    The best come first. The number of queries does not depend on their number.
    """
    wanted = WORD.findall(words)
    entries = {entry.course.path: entry for entry in courses}
    keys = {step["key"] for entry in courses for step in entry.release.steps if step["kind"] == "lesson"}
    if not wanted or not keys:
        return []
    # The same lesson in another language has the same key. It must not take one of the places.
    below = reduce(or_, (Q(path__startswith=path) for path in entries))
    lessons = LessonPage.objects.live().filter(below, translation_key__in=keys).prefetch_related("index_entries")
    results = list(lessons.autocomplete(And([PlainText(word) for word in wanted]))[:MOST])
    releases = {entry.release.pk: entry.release for entry in courses}.values()
    open_keys = access.open_steps(request, releases, {str(lesson.translation_key) for lesson in results})
    found = []
    for lesson in results:
        entry = entries[lesson.path[:COURSE_PATH]]
        is_open = str(lesson.translation_key) in open_keys
        url = lesson.get_url(request) if is_open else entry.url
        shown = excerpt(_indexed_text(lesson), wanted) if is_open else SafeString()
        found.append(FoundLesson(lesson, entry.course, url, is_open, shown))
    return found


def _indexed_text(lesson: LessonPage) -> str:
    """The text of the lesson as the index has it. Reading it from the lesson would load each statement that it cites."""
    entry = next(iter(lesson.index_entries.all()))
    return entry.body_text if hasattr(entry, "body_text") else entry.body  # PostgreSQL, SQLite


def excerpt(text: str, words: list[str]) -> SafeString:
    """The part of the text around the first of these words, with each of them in <mark>."""
    beginnings = "|".join(map(re.escape, words))
    hits = re.compile(rf"(?<!\w)((?:{beginnings})\w*)", re.IGNORECASE)
    first = hits.search(text)
    start = max(0, first.start() - BEFORE) if first else 0
    if start:
        start = text.find(" ", start) + 1
    end = start + LENGTH
    if end < len(text):
        end = text.rfind(" ", start, end) if " " in text[start:end] else end
    shown = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    parts = hits.split(shown)  # every second part is a hit
    marked = ((format_html("<mark>{}</mark>", part) if number % 2 else part,) for number, part in enumerate(parts))
    return format_html_join("", "{}", marked)
