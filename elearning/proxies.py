"""Which proxies are trusted, and the address of the client behind them. Uses no settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NONE = "none"  # written where there is no proxy at all


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of TRUSTED_PROXIES, such as 127.0.0.1 or 172.30.57.0/24. Raises ValueError."""
    return tuple(ipaddress.ip_network(text.strip()) for text in texts if text.strip() not in ("", NONE))


def is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    """Whether this address is in one of the networks. What is no address is not trusted."""
    address = _address(text)
    return address is not None and any(address in network for network in trusted)


def client_address(peer: str, forwarded_for: str, trusted: tuple[Network, ...]) -> str:
    """Return the address of the client: of the peer and X-Forwarded-For, the last one that no trusted proxy has.

    Each proxy adds the address that it sees at the end, so what stands before the last untrusted address may be forged.
    """
    client = peer
    for text in reversed(forwarded_for.split(",")):
        if not is_trusted(client, trusted):
            break
        address = _address(text.strip())
        if address is None:
            break
        client = str(address)
    return client


def _address(text: str) -> Address | None:
    """Read an address. One of IPv4 that is written as IPv6 (::ffff:10.0.0.1) is one of IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
