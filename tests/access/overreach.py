"""Checks of the world that need more than one request by one person. Each yields what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from django.test import override_settings
from django.urls import reverse

from tests.access.matrix import Matrix, MatrixCase, variants_of
from tests.access.people import Rule
from tests.access.policy import RULES
from tests.access.requests import Answer

POWERFUL = ("kofi", "grace", "rosa", "administrator")
STEPS = (
    "lesson",
    "test",
    "a document of a later lesson",
)  # the learners of the world have joined their course, its staff have not
MANAGER_URLS = ("register:revoke", "register:reissue", "register:inspect")


def foreign_lists(matrix: Matrix, name: str, *url_names: str) -> Iterator[str]:
    """Yield the pages on which this manager for Kenya sees somebody from Egypt."""
    visitor, hidden = matrix.visitor(name), matrix.world.records["egypt"].tokens
    for url_name in url_names:
        result = visitor.send("GET", reverse(url_name), hidden=hidden)
        if result.leaked or result.answer != Answer.OPEN:
            yield f"{url_name} as {name}: {result}, with {sorted(result.leaked)}"


def role_of_another_country(matrix: Matrix) -> Iterator[str]:
    """Yield where one role gets the countries of another: Salma manages Kenya and trains everywhere."""
    yield from foreign_lists(matrix, "salma", "register:index", "completion_report")
    certificate = matrix.world.records["egypt"].certificate
    for url_name in MANAGER_URLS:
        result = matrix.visitor("salma").send("GET", reverse(url_name, args=[certificate.pk]))
        if result.answer != Answer.MISSING:
            yield f"{url_name} as salma: {result}"


def visible_without_scope(matrix: Matrix) -> Iterator[str]:
    visitor = matrix.visitor("guest")
    for url_name in ("attempts:index", "register:index", "accommodations:index", "completion_report"):
        result = visitor.send("GET", reverse(url_name))
        if result.answer != Answer.REFUSED:
            yield f"{url_name} as guest: {result}"
    for url_name, record in (("attempts:inspect", "finished_attempt"), ("register:inspect", "certificate")):
        result = visitor.send("GET", reverse(url_name, args=[getattr(matrix.world.records["kenya"], record).pk]))
        if result.answer not in (Answer.REFUSED, Answer.MISSING):
            yield f"{url_name} as guest: {result}"


def counts_of_other_countries(matrix: Matrix) -> Iterator[str]:
    """Yield numbers and filter choices of other countries: Rosa manages Kenya only."""
    visitor = matrix.visitor("rosa")
    home = visitor.request("GET", reverse("wagtailadmin_home"), {}).content.decode()
    if not ("1 course completed" in home and "1 under way" in home):
        yield "the panel counts people of other countries"
    report = visitor.request("GET", reverse("completion_report"), {}).content.decode()
    if 'value="EG"' in report or 'value="KE"' not in report:
        yield "the filter of the completion report offers other countries"


def regrades_with_one_country(matrix: Matrix) -> Iterator[str]:
    """Yield a regrade page that Tariq may open: he trains in Kenya only, and a regrade changes results of every country."""
    result = matrix.visitor("tariq").send("GET", reverse("regrades:index"))
    if result.answer != Answer.REFUSED:
        yield f"regrades:index as tariq: {result}"


def essays_of_other_countries(matrix: Matrix) -> Iterator[str]:
    """Yield essays that Tariq should not see: he trains in Kenya only, so he sees Amina's, not the one Kofi marks."""
    queue = matrix.visitor("tariq").request("GET", reverse("marking:queue"), {})
    waiting = [row["texts"] for row in queue.context["waiting"]]
    if waiting != [1]:
        yield f"marking:queue shows tariq {waiting} essays"
    if list(queue.context["own_markings"]):
        yield "marking:queue shows tariq an essay that somebody else marks"


def reports_of_other_countries(matrix: Matrix) -> Iterator[str]:
    """Yield a problem report that Tariq should not see: he trains in Kenya only."""
    visitor, mona = matrix.visitor("tariq"), matrix.world.records["egypt"]
    result = visitor.send("GET", reverse("problems:answer", args=[mona.problem.pk]))
    if result.answer != Answer.MISSING:
        yield f"problems:answer as tariq: {result}"


def powers_without_second_step(matrix: Matrix, *keys: str) -> Iterator[MatrixCase]:
    """Yield the requests outside the admin in which staff without a second step get more than a learner gets.

    With `keys`, only these URL patterns are asked.
    """
    asked = keys or [key for key, pattern in matrix.url_patterns.items() if not pattern.in_admin]
    with override_settings(MFA_REQUIRED_OF_STAFF=True):
        cases = [case for key in asked for name in POWERFUL for case in matrix.ask(key, name, matrix.visitors[name])]
    yield from (case for case in cases if not _as_a_learner(case))


def _as_a_learner(case: MatrixCase) -> bool:
    """Whether the answer is that of a learner to whom the records do not belong."""
    rule: Rule = variants_of(RULES[case.pattern.key])[case.variant]
    stranger = "mona" if case.variant == "kenya" else "amina"
    expected = rule.expected(stranger, case.method, case.variant, in_admin=False)
    if case.variant in STEPS and case.method in rule.opens:
        expected = {rule.refusal}
    return case.result.answer in expected and not case.result.leaked
