"""The CSV and XLSX files of the admin, Wagtail's own and ours: safe to open, and written row by row.

Wagtail writes text as it is, so a spreadsheet program may run it as a formula (OWASP, "CSV injection"). It leaves out
the mark by which Excel recognises UTF-8, writes times in UTC, and loads every row before it writes the first. install()
mends the mixin that all its listings and reports share, so an export that is added later is mended too.
"""

from __future__ import annotations

import codecs
import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone, translation
from wagtail.admin.views import mixins
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.admin.views.reports import ReportView

ROWS_AT_ONCE = 2000
# Types of cells that Wagtail leaves as they are. It looks a function up for each cell, which takes longer than the rest.
WRITTEN_AS_IT_IS = {str, int, Decimal, datetime.date, type(None)}
# Where a cell may begin: at the start, and after what may separate cells where the comma is the decimal sign.
FORMULA_START = re.compile(r"(^|[;\t\r\n])(?=[\s\ufeff\u200b]*[=+\-@＝＋－＠])|^(?=[\t\r\n])")
NOT_IN_XLSX = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def escape_formulas(text: str) -> str:
    """The text with an apostrophe before each place where a spreadsheet program would see a formula."""
    return FORMULA_START.sub(r"\1'", text)


class UnreadRows:
    """The rows of a report, read in portions and not kept. Each portion is decorated like a page of the report."""

    def __init__(self, queryset: QuerySet, decorate: Callable[[QuerySet], Iterable[Any]]):
        self.queryset, self.decorate, self.model = queryset, decorate, queryset.model

    def count(self) -> int:
        return self.queryset.count()

    def __iter__(self) -> Iterator[Any]:
        rows = self.queryset.iterator(ROWS_AT_ONCE)
        while portion := list(islice(rows, ROWS_AT_ONCE)):
            page = self.queryset.all()
            page._result_cache, page._prefetch_done = portion, True  # type: ignore[attr-defined]
            yield from self.decorate(page)


def local_time(moment: datetime.datetime) -> datetime.datetime:
    """The time as the screen shows it, in the zone of the viewer. A spreadsheet knows no zones."""
    local = timezone.make_naive(moment) if timezone.is_aware(moment) else moment
    return local.replace(microsecond=0)


def in_portions(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, made in the language and time zone that are active now. When they are sent, others are."""
    language, zone, rest = translation.get_language(), timezone.get_current_timezone(), iter(lines)

    def portions() -> Iterator[bytes]:
        while True:
            with translation.override(language), timezone.override(zone):
                portion = b"".join(islice(rest, ROWS_AT_ONCE))
            if not portion:
                return
            yield portion

    return portions()


original_get = ReportView.get
original_setup = SpreadsheetExportMixin.setup
original_preprocess_field_value = SpreadsheetExportMixin.preprocess_field_value
original_stream_csv = SpreadsheetExportMixin.stream_csv
original_write_csv_response = SpreadsheetExportMixin.write_csv_response


def setup(self, request, *args, **kwargs) -> None:
    """A listing without columns to export offers no file. If asked for one, it shows its page."""
    original_setup(self, request, *args, **kwargs)
    self.is_export = self.is_export and bool(self.list_export)


def get(self, request, *args, **kwargs):
    """A file needs rows only: the context of the page would load, count and decorate all of them."""
    if not self.is_export:
        return original_get(self, request, *args, **kwargs)
    rows = UnreadRows(self.get_filtered_queryset(), self.decorate_paginated_queryset)
    return self.as_spreadsheet(rows, request.GET["export"])


def preprocess_field_value(self, field, value, export_format):
    """The value of a cell. Numbers stay numbers. XLSX tells text from formulas, but refuses some control characters."""
    if type(value) not in WRITTEN_AS_IT_IS or field in self.custom_field_preprocess:
        value = original_preprocess_field_value(self, field, value, export_format)
    if not isinstance(value, str):
        return value
    return escape_formulas(value) if export_format == self.FORMAT_CSV else NOT_IN_XLSX.sub("", value)


def stream_csv(self, queryset) -> Iterator[bytes]:
    yield codecs.BOM_UTF8
    yield from original_stream_csv(self, queryset)


def write_csv_response(self, queryset):
    response = original_write_csv_response(self, queryset)
    response.streaming_content = in_portions(response.streaming_content)
    response["Content-Type"] = "text/csv; charset=utf-8"
    return response


def install() -> None:
    ReportView.get = get
    for method in (setup, preprocess_field_value, stream_csv, write_csv_response):
        setattr(SpreadsheetExportMixin, method.__name__, method)
    both = dict.fromkeys(SpreadsheetExportMixin.FORMATS, local_time)
    SpreadsheetExportMixin.custom_value_preprocess[datetime.datetime] = both
    mixins.BytesIO = TemporaryFile  # where an XLSX file is written before it is sent
