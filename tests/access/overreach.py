"""Questions to the walk's world that one person's answer at one door does not settle. Each yields what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from tests.access.matrix import Walk
from tests.access.requests import Answer

OF_MANAGERS = ("register:revoke", "register:reissue", "register:inspect")


def foreign_lists(walk: Walk, name: str, *doors: str) -> Iterator[str]:
    """Doors behind which this manager of Kenya meets somebody of Egypt."""
    visitor, hidden = walk.visitor(name), walk.world.things["egypt"].tokens
    for door in doors:
        got = visitor.knock("GET", reverse(door), hidden=hidden)
        if got.leaked or got.answer != Answer.OPEN:
            yield f"{door} as {name}: {got}, with {sorted(got.leaked)}"


def overreach(walk: Walk) -> Iterator[str]:
    """Where the country of one role is lent to another: Salma manages Kenya and trains everywhere."""
    yield from foreign_lists(walk, "salma", "register:index", "completion_report")
    certificate = walk.world.things["egypt"].certificate
    for door in OF_MANAGERS:
        got = walk.visitor("salma").knock("GET", reverse(door, args=[certificate.pk]))
        if got.answer != Answer.MISSING:
            yield f"{door} as salma: {got}"


def seen_without_scope(walk: Walk) -> Iterator[str]:
    visitor = walk.visitor("guest")
    for door in ("attempts:index", "register:index", "accommodations:index", "completion_report"):
        got = visitor.knock("GET", reverse(door))
        if got.answer != Answer.REFUSED:
            yield f"{door} as guest: {got}"
    for door, record in (("attempts:inspect", "sat"), ("register:inspect", "certificate")):
        got = visitor.knock("GET", reverse(door, args=[getattr(walk.world.things["kenya"], record).pk]))
        if got.answer not in (Answer.REFUSED, Answer.MISSING):
            yield f"{door} as guest: {got}"


def counted_abroad(walk: Walk) -> Iterator[str]:
    """Numbers and choices tell of people too: Rosa's home counts Kenya, her filter offers Kenya."""
    visitor = walk.visitor("rosa")
    home = visitor.request("GET", reverse("wagtailadmin_home"), {}).content.decode()
    if not ("1 course completed" in home and "1 under way" in home):
        yield "the panel counts people of other countries"
    report = visitor.request("GET", reverse("completion_report"), {}).content.decode()
    if 'value="EG"' in report or 'value="KE"' not in report:
        yield "the filter of the completion report offers other countries"


def regrades_of_one_country(walk: Walk) -> Iterator[str]:
    """Tariq trains in Kenya only; a regrade changes results of every country."""
    got = walk.visitor("tariq").knock("GET", reverse("regrades:index"))
    if got.answer != Answer.REFUSED:
        yield f"regrades:index as tariq: {got}"


def texts_seen_abroad(walk: Walk) -> Iterator[str]:
    """Tariq trains in Kenya only: of the texts that wait he is told of Amina's, and Kofi's in hand is not his."""
    queue = walk.visitor("tariq").request("GET", reverse("marking:queue"), {})
    waiting = [row["texts"] for row in queue.context["waiting"]]
    if waiting != [1]:
        yield f"marking:queue tells tariq of {waiting} texts"
    if list(queue.context["begun"]):
        yield "marking:queue shows tariq what another has taken"
