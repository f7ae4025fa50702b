"""The rate limits of every page where a visitor could guess secrets, make us send email or cause much work.

allauth's own limits are off (ACCOUNT_RATE_LIMITS): they live in the cache, and filling the cache evicts them.
"""

from __future__ import annotations

import ipaddress

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from accounts.ratelimit import limiter
from accounts.ratelimit.limiter import Limit, Slot

MINUTE, HOUR, DAY = 60, 3600, 86400

# One account from one network address: the limit that somebody who forgot their password meets first.
PASSWORD_HERE = Limit("password here", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
# One account from everywhere. Many free tries and short waits, so that nobody can easily lock out somebody else.
PASSWORD_OF_ONE = Limit("password of one", free=40, first_wait=MINUTE, longest_wait=15 * MINUTE, forgotten_after=DAY)
# Many accounts from one network address. A whole class may share one address, so successful sign-ins do not count.
PASSWORDS_FROM = Limit("passwords from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
SECOND_FACTOR = Limit("second factor", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=DAY)
# Emails that visitors make us send: to one email address, and from one network address.
EMAILS_TO = Limit("emails to", free=5, first_wait=5 * MINUTE, longest_wait=DAY, forgotten_after=HOUR)
EMAILS_FROM = Limit("emails from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
CONFIRMATION_TO = Limit("confirmation to", free=1, first_wait=3 * MINUTE, longest_wait=HOUR, forgotten_after=HOUR)

# A copy of personal data costs about a minute of work and a file for a day: five are free, then one a day.
COPIES = Limit("copies of data", free=5, first_wait=DAY, longest_wait=DAY, forgotten_after=DAY)


def place_of(request: HttpRequest) -> str:
    """Return the IP address of a request; for IPv6 its /64 network, since one household or attacker gets all of it."""
    address = get_adapter(request).get_client_ip(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def password_try(request: HttpRequest, email: str) -> list[Slot]:
    """Count one password tried for this email, whether or not an account has it. Raises TooOften during a wait."""
    place = place_of(request)
    return limiter.take_all(
        [(PASSWORD_HERE, f"{email} {place}"), (PASSWORD_OF_ONE, email), (PASSWORDS_FROM, place)],
    )


def password_right(request: HttpRequest, email: str, tries: list[Slot]) -> None:
    """Take back the tries of a right password, and clear the count of this account from this network address.

    The other counts stay: the owner of one account must not be able to clear their tries on others.
    """
    limiter.give_back(tries)
    limiter.clear(PASSWORD_HERE, f"{email} {place_of(request)}")


def email_to(request: HttpRequest, email: str) -> None:
    """Count one requested email, whether or not an account has the address. Raises TooOften during a wait."""
    limiter.take_all([(EMAILS_TO, email), (EMAILS_FROM, place_of(request))])


def may_confirm(email: str) -> bool:
    """Whether another confirmation link may be sent to this address now. If not, the last one is still valid."""
    try:
        limiter.take(CONFIRMATION_TO, email)
    except limiter.TooOften:
        return False
    return True
