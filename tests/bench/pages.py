"""The pages that `make bench-scale` opens, and how much each may grow."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

REPORT = "/admin/reports/completion/"
ROWS = 50  # on a page of a listing
# Largest CPU of the largest size, as a multiple of that of the smallest.
FLAT, LISTING, SEARCH = 1.3, 1.5, 3.0
REPORT_RATIO, REPORT_MS = 2.0, 150.0


class Page(NamedTuple):
    name: str
    path: str
    person: str = ""  # one of those of tests.bench.prepare.growth(); "" for a visitor
    ratio: float | None = None
    most_ms: float | None = None  # at the largest size
    expect: tuple[int, ...] = (200,)


def pages(facts: dict[str, Any], enrolments: int) -> list[Page]:
    """Every page, with the same searches at each size. `facts` are those of growth() and sought()."""
    name, email = quote(facts["name"]), quote(facts["address"])
    last = -(-enrolments // ROWS)
    return [
        Page("lesson", facts["lesson"], "learner"),
        Page("course page", facts["course"], "learner"),
        Page("My learning", "/en/learning/", "learner"),
        Page("catalogue", "/en/courses/"),
        Page("home", "/en/"),
        Page("certificate check", f"/en/certificates/{facts['certificate']}/"),
        # Without a worker it answers 503. Its details are for administrators; others get a remembered summary.
        Page("health", "/health/", "administrator", FLAT, expect=(200, 503)),
        Page("admin home, all", "/admin/", "manager"),
        Page("admin home, KE", "/admin/", "manager of KE"),
        Page("report, all", REPORT, "manager", REPORT_RATIO, REPORT_MS),
        Page("report, KE", REPORT, "manager of KE", REPORT_RATIO, REPORT_MS),
        Page("report, last page", f"{REPORT}?p={last}", "manager"),
        Page("report, a name", f"{REPORT}?q={name}", "manager"),
        Page("report, completed", f"{REPORT}?state=complete", "manager"),
        Page("certificates, all", "/admin/register/", "manager", LISTING),
        Page("certificates, KE", "/admin/register/", "manager of KE", LISTING),
        Page("certificates, a name", f"/admin/register/?q={name}", "manager", SEARCH),
        Page("attempts, all", "/admin/attempts/", "manager", LISTING),
        Page("attempts, KE", "/admin/attempts/", "manager of KE", LISTING),
        Page("attempts, a name", f"/admin/attempts/?q={name}", "manager", SEARCH),
        Page("people", "/admin/users/", "administrator", LISTING),
        Page("people, a name", f"/admin/users/?q={name}", "administrator", SEARCH),
        Page("people, an address", f"/admin/users/?q={email}", "administrator", SEARCH),
        Page("audit trail", "/admin/reports/audit/", "administrator"),
    ]
