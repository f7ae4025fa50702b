"""The limits of every door where somebody could guess, have us send mail or keep us busy: who is counted, and how long
they wait.

allauth's own limits live in the cache, which whoever fills it can empty; they are off (ACCOUNT_RATE_LIMITS).
"""

from __future__ import annotations

import ipaddress

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from accounts.ratelimit import limiter
from accounts.ratelimit.limiter import Limit, Slot

MINUTE, HOUR, DAY = 60, 3600, 86400

# One account from one place: what somebody who has forgotten meets.
PASSWORD_HERE = Limit("password here", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
# One account from everywhere. High, and never long: it must not be an easy way to shut somebody out.
PASSWORD_OF_ONE = Limit("password of one", free=40, first_wait=MINUTE, longest_wait=15 * MINUTE, forgotten_after=DAY)
# Many accounts from one place. A whole training room may sit behind one address; who gets in does not count.
PASSWORDS_FROM = Limit("passwords from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
SECOND_FACTOR = Limit("second factor", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=DAY)
# Each of these sends an email: to one address, and from one place.
EMAILS_TO = Limit("emails to", free=5, first_wait=5 * MINUTE, longest_wait=DAY, forgotten_after=HOUR)
EMAILS_FROM = Limit("emails from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
CONFIRMATION_TO = Limit("confirmation to", free=1, first_wait=3 * MINUTE, longest_wait=HOUR, forgotten_after=HOUR)

# Each copy of one's data is a minute of work and a file for a day: five, then one a day.
COPIES = Limit("copies of data", free=5, first_wait=DAY, longest_wait=DAY, forgotten_after=DAY)


def place_of(request: HttpRequest) -> str:
    """Where a request comes from: the address, of IPv6 the network that one household or attacker is given."""
    address = get_adapter(request).get_client_ip(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def password_try(request: HttpRequest, email: str) -> list[Slot]:
    """Count one password typed for this address, whether somebody has it or not; TooOften when they must wait."""
    place = place_of(request)
    return limiter.take_all(
        [(PASSWORD_HERE, f"{email} {place}"), (PASSWORD_OF_ONE, email), (PASSWORDS_FROM, place)],
    )


def password_right(request: HttpRequest, email: str, tries: list[Slot]) -> None:
    """It was the right one. Only this account from this place starts anew: who has one account must not be able
    to wipe out what they tried on others."""
    limiter.give_back(tries)
    limiter.clear(PASSWORD_HERE, f"{email} {place_of(request)}")


def email_to(request: HttpRequest, email: str) -> None:
    """Count one email asked for, whether the address is known or not."""
    limiter.take_all([(EMAILS_TO, email), (EMAILS_FROM, place_of(request))])


def may_confirm(email: str) -> bool:
    """Whether another link of confirmation may go to this address now; when not, the last one still holds."""
    try:
        limiter.take(CONFIRMATION_TO, email)
    except limiter.TooOften:
        return False
    return True
