"""Count tries and make people wait. The counts are database rows, so they survive a stopped broker and a flushed cache.

A conditional update counts a try before the caller checks it, so parallel tries cannot pass together. The caller
gives successful tries back. Only a keyed hash of what is counted (an address, an account) is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Limit:
    """Try number `free` starts a wait of `first_wait`; each later try doubles it, up to `longest_wait`."""

    name: str
    free: int
    first_wait: int  # seconds
    longest_wait: int
    forgotten_after: int  # seconds without a try

    def wait(self, tries: int) -> timedelta:
        """Return the wait after this many tries."""
        if tries < self.free:
            return timedelta(0)
        return timedelta(seconds=min(self.first_wait * 2 ** min(tries - self.free, 20), self.longest_wait))


class TooOften(Exception):
    """A wait still runs for `seconds` seconds. The caller must not check the try at all."""

    def __init__(self, seconds: int):
        super().__init__(seconds)
        self.seconds = seconds


def wait_message(error: TooOften) -> str:
    """Say how long to wait, for the form whose try was not looked at."""
    minutes = ceil(error.seconds / 60)
    text = ngettext(
        "To prevent guessing, please wait %(n)s minute, then try again.",
        "To prevent guessing, please wait %(n)s minutes, then try again.",
        minutes,
    )
    return text % {"n": minutes}


class Throttle(models.Model):
    """The count of recent tries for one key. Written by take(), give_back(), clear() and sweep() below only."""

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    forget_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return self.key[:8]


@dataclass(frozen=True)
class CountedTry:
    """One counted try, which give_back() can take back."""

    key: str
    blocked_until: datetime | None


def key_of(limit: Limit, who: str) -> str:
    return salted_hmac(f"accounts.ratelimit.limiter.{limit.name}", who.strip().lower(), algorithm="sha256").hexdigest()


def take(limit: Limit, who: str) -> CountedTry:
    """Count one try of `who`. Raises TooOften during a wait; that try is not counted."""
    key = key_of(limit, who)
    while True:
        now = timezone.now()
        row, _new = Throttle.objects.get_or_create(key=key, defaults={"forget_at": now})
        if row.blocked_until and row.blocked_until > now:
            raise TooOften(ceil((row.blocked_until - now).total_seconds()))
        tries = 1 if row.forget_at <= now else row.tries + 1
        wait = limit.wait(tries)
        until = now + wait if wait else None
        forget_at = now + wait + timedelta(seconds=limit.forgotten_after)
        unchanged = Throttle.objects.filter(
            key=key, tries=row.tries, blocked_until=row.blocked_until, forget_at=row.forget_at
        )
        if unchanged.update(tries=tries, blocked_until=until, forget_at=forget_at):
            return CountedTry(key, until)


def take_all(limits: Iterable[tuple[Limit, str]]) -> list[CountedTry]:
    """Count one try under all of these limits, or under none. Raises TooOften during a wait of any of them."""
    tries: list[CountedTry] = []
    for limit, who in limits:
        try:
            tries.append(take(limit, who))
        except TooOften:
            give_back(tries)
            raise
    return tries


def waiting(limit: Limit, who: str) -> int:
    """Return the seconds until `who` may try again; 0 if they may try now."""
    until = Throttle.objects.filter(key=key_of(limit, who)).values_list("blocked_until", flat=True).first()
    return max(0, ceil((until - timezone.now()).total_seconds())) if until else 0


def give_back(tries: Iterable[CountedTry]) -> None:
    """Take back tries that succeeded or were never made, and end the waits that they started."""
    for counted_try in tries:
        rows = Throttle.objects.filter(key=counted_try.key, tries__gt=0)
        fewer = models.F("tries") - 1
        # End the wait only if this try started it: a wait that a later try started stays.
        if not rows.filter(blocked_until=counted_try.blocked_until).update(tries=fewer, blocked_until=None):
            rows.update(tries=fewer)


def clear(limit: Limit, who: str) -> None:
    Throttle.objects.filter(key=key_of(limit, who)).delete()


def sweep() -> None:
    """Delete counts that have expired."""
    Throttle.objects.filter(forget_at__lt=timezone.now()).delete()
