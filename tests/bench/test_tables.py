"""The bench fails on what is slow and on nothing else, whatever the pace of the machine."""

import pytest

from tests.bench import files, report
from tests.bench.files import File
from tests.bench.growth import Line
from tests.bench.report import Taken
from tests.bench.subjects import BOUNDS

pytestmark = pytest.mark.once


def taken(**cpu_ms: float) -> dict[str, Taken]:
    """What every subject took: exactly what its gate allows with floors of 1 ms, unless it is named."""
    names = {bound.subject for bound in BOUNDS} | {"bare", "page", "upsert"}
    gates = {name: min((bound.gate for bound in BOUNDS if bound.subject == name), default=1.0) for name in names}
    return {name: Taken(value, 100.0, 4, 9000) for name, value in (gates | cpu_ms).items()}


@pytest.mark.parametrize(
    "change, missed",
    [({}, "met"), ({"lesson": 1.76}, "missed: lesson : page"), ({"bare": 0.5}, "missed: lesson : bare")],
)
def test_each_gate_counts(capsys, change, missed):
    assert report.report(taken(**change)) == (missed != "met")
    assert capsys.readouterr().out.splitlines()[-1] == missed


def test_a_larger_lesson_misses_its_gate(capsys):
    rows = taken()
    rows["lesson"] = rows["lesson"]._replace(bytes=9001)
    assert report.report(rows) == 1


@pytest.mark.parametrize(
    "ms, statements, missed",
    [
        ([100, 150], [5, 5], []),
        ([100, 151], [5, 5], ["page: ratio", "page: ms"]),
        ([100, 100], [5, 6], ["page: SQL"]),
    ],
)
def test_a_page_may_grow_to_its_goals(ms, statements, missed):
    assert Line("page", 1.5, 150, ms, statements).missed() == missed


def test_files_of_more_people_may_take_longer_and_no_more_memory():
    small, large = File(0.1, 1.0, 1.0, 10), File(1.0, 10.0, 10.0, 50)
    assert files.missed("csv", {10_000: small, 100_000: large}) == []
    assert files.missed("csv", {10_000: small, 100_000: large._replace(whole=12.1, first=1.1, memory=51)}) == [
        "csv: seconds", "csv: first byte", "csv: memory", "csv: growth",
    ]  # fmt: skip
    assert files.missed("xlsx", {100_000: File(0.9, 0.9, 1.0, 500)}) == []
    assert files.missed("xlsx", {100_000: File(20.0, 20.0, 20.0, 51)}) == ["xlsx"]
