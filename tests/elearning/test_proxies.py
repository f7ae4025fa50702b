"""The client's address and scheme come from a trusted proxy, and from nobody else."""

import pytest
from django.http import HttpResponse

from accounts.ratelimit.limits import client_network
from elearning import proxies
from elearning.middleware.proxies import TrustedProxyMiddleware

pytestmark = pytest.mark.once

TRUSTED = ("172.30.57.2", "10.0.0.0/8")
PROXY, CLIENT, FORGED = "172.30.57.2", "203.0.113.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{FORGED}, {CLIENT}", CLIENT),  # the proxy adds to what the client sent
        (PROXY, f"{FORGED}, {CLIENT}, 10.1.2.3", CLIENT),  # two of our proxies
        (PROXY, "10.1.2.3", "10.1.2.3"),  # only proxies: the first of them
        (PROXY, "", PROXY),
        (PROXY, f"{FORGED}, unknown", PROXY),  # what cannot be read ends the search
        (PROXY, "2001:db8::7", "2001:db8::7"),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),  # the same proxy on a socket of IPv6
        ("172.30.57.3", FORGED, "172.30.57.3"),
        (CLIENT, FORGED, CLIENT),
        ("", FORGED, ""),  # a socket without addresses
    ],
)
def test_the_client_is_the_last_address_that_no_trusted_proxy_has(peer, forwarded_for, client):
    assert proxies.client_address(peer, forwarded_for, proxies.networks(TRUSTED)) == client


def test_none_and_nothing_are_no_networks():
    assert proxies.networks(["none"]) == proxies.networks([""]) == ()
    with pytest.raises(ValueError, match="caddy"):
        proxies.networks(["caddy"])


@pytest.fixture
def asked(rf, settings):
    """Ask with these headers; return the request as everything after the middleware sees it."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def ask(peer: str, trusted: tuple[str, ...] = TRUSTED, **headers: str):
        settings.TRUSTED_PROXIES = proxies.networks(trusted)
        seen = []
        middleware = TrustedProxyMiddleware(lambda request: seen.append(request) or HttpResponse())
        middleware(rf.get("/", REMOTE_ADDR=peer, **headers))
        return seen[0]

    return ask


FORWARDED = {"HTTP_X_FORWARDED_FOR": CLIENT, "HTTP_X_FORWARDED_PROTO": "https"}


def test_limits_count_the_client_behind_the_proxy(asked):
    request = asked(PROXY, **FORWARDED)
    assert client_network(request) == CLIENT
    assert request.is_secure()


@pytest.mark.parametrize("trusted", [(), TRUSTED])
def test_forged_headers_from_elsewhere_are_gone(asked, trusted):
    request = asked("192.0.2.4", trusted, **FORWARDED)
    assert client_network(request) == "192.0.2.4"
    assert not request.is_secure()
    assert "x-forwarded-for" not in request.headers


def test_the_scheme_is_the_one_that_the_proxy_added(asked):
    assert not asked(PROXY, HTTP_X_FORWARDED_PROTO="https, http").is_secure()


def test_the_middleware_is_the_first(settings):
    assert settings.MIDDLEWARE[0] == "elearning.middleware.proxies.TrustedProxyMiddleware"


def test_control_without_the_middleware_a_forged_header_is_believed(rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert rf.get("/", REMOTE_ADDR="192.0.2.4", **FORWARDED).is_secure()
