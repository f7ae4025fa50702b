"""Rate limits of pages on which a visitor could guess secrets, make us send email or cause much work.

allauth's own limits are off (ACCOUNT_RATE_LIMITS): they are kept in the cache, and filling the cache evicts them.
"""

from __future__ import annotations

import ipaddress

from allauth.account.adapter import get_adapter
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from accounts.ratelimit import limiter
from accounts.ratelimit.limiter import CountedTry, Limit

MINUTE, HOUR, DAY = 60, 3600, 86400

# One account from one network address: somebody who forgot their password reaches this limit first.
PASSWORD_BY_ACCOUNT_AND_NETWORK = Limit(
    "password here", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR
)
# One account from all networks. Many free tries and short waits, so that nobody can easily lock out somebody else.
PASSWORD_BY_ACCOUNT = Limit(
    "password of one", free=40, first_wait=MINUTE, longest_wait=15 * MINUTE, forgotten_after=DAY
)
# Many accounts from one network address. A whole class may share one address, so successful sign-ins do not count.
PASSWORD_BY_NETWORK = Limit("passwords from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
SECOND_FACTOR = Limit("second factor", free=5, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=DAY)
# Emails that visitors make us send: to one email address, and requested from one network address.
# A stranger must not keep an address from them for long: the long wait is for their own network.
EMAILS_BY_ADDRESS = Limit("emails to", free=5, first_wait=5 * MINUTE, longest_wait=15 * MINUTE, forgotten_after=HOUR)
EMAILS_BY_ADDRESS_AND_NETWORK = Limit(
    "emails to, from", free=5, first_wait=5 * MINUTE, longest_wait=DAY, forgotten_after=HOUR
)
EMAILS_BY_NETWORK = Limit("emails from", free=100, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
CONFIRMATION_BY_ADDRESS = Limit(
    "confirmation to", free=1, first_wait=3 * MINUTE, longest_wait=15 * MINUTE, forgotten_after=HOUR
)

# Sessions of visitors who have not signed in. A whole class may share one address; each session is small and short.
VISITOR_SESSIONS = Limit("sessions from", free=300, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
# Forms posted after a session had ended, kept until the sender has signed in again.
SAVED_FORMS = Limit("saved forms from", free=60, first_wait=5 * MINUTE, longest_wait=HOUR, forgotten_after=HOUR)

# Calls of the webhook of bounces with a wrong secret.
BOUNCE_SECRETS = Limit("bounce secrets", free=30, first_wait=MINUTE, longest_wait=HOUR, forgotten_after=HOUR)

# A data copy takes about a minute of work and a file for a day: five are free, then one a day.
COPIES = Limit("copies of data", free=5, first_wait=DAY, longest_wait=DAY, forgotten_after=DAY)
# Test emails of one administrator.
TEST_EMAILS = Limit("test emails", free=3, first_wait=5 * MINUTE, longest_wait=HOUR, forgotten_after=HOUR)
# Reports of problems: people answer each of them.
PROBLEM_REPORTS = Limit("problem reports", free=10, first_wait=HOUR, longest_wait=DAY, forgotten_after=DAY)


def client_network(request: HttpRequest) -> str:
    """Return the IP address of a request; for IPv6 its /64 network, which usually has one owner."""
    address = get_adapter(request).get_client_ip(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def count_password_attempt(request: HttpRequest, email: str) -> list[CountedTry]:
    """Count one password attempt for this email, whether or not an account has it. Raises TooOften during a wait."""
    network = client_network(request)
    return limiter.take_all(
        [
            (PASSWORD_BY_ACCOUNT_AND_NETWORK, f"{email} {network}"),
            (PASSWORD_BY_ACCOUNT, email),
            (PASSWORD_BY_NETWORK, network),
        ],
    )


def clear_password_attempts(request: HttpRequest, email: str, attempts: list[CountedTry]) -> None:
    """Take back the counts of a correct password, and clear the count of this account from this network.

    The other counts stay: the owner of one account must not be able to clear their attempts on other accounts.
    """
    limiter.give_back(attempts)
    limiter.clear(PASSWORD_BY_ACCOUNT_AND_NETWORK, f"{email} {client_network(request)}")


def count_email_request(request: HttpRequest, email: str) -> None:
    """Count one requested email, whether or not an account has the address. Raises TooOften during a wait."""
    network = client_network(request)
    limiter.take_all(
        [
            (EMAILS_BY_ADDRESS_AND_NETWORK, f"{email} {network}"),
            (EMAILS_BY_ADDRESS, email),
            (EMAILS_BY_NETWORK, network),
        ]
    )


def may_send_confirmation(email: str) -> bool:
    """Whether another confirmation link may be sent to this address now. If not, the last one is still valid."""
    try:
        limiter.take(CONFIRMATION_BY_ADDRESS, email)
    except limiter.TooOften:
        return False
    return True


def may_save_form(request: HttpRequest) -> bool:
    """Whether one more form may be kept for a visitor from this network."""
    try:
        limiter.take(SAVED_FORMS, client_network(request))
    except limiter.TooOften:
        return False
    return True


def count_visitor_session(request: HttpRequest) -> None:
    """Count the session that this request is about to begin, unless its visitor has signed in. Raises TooOften."""
    session = request.session
    if session.modified and session.session_key is None and not session.is_empty() and SESSION_KEY not in session:
        limiter.take(VISITOR_SESSIONS, client_network(request))
