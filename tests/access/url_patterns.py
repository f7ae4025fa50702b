"""Every door of the product: the patterns of the resolver, Wagtail's and allauth's as well as ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Door:
    """One pattern. It is called by its full name; by its route where it has none or shares it."""

    key: str
    name: str
    route: str
    pattern: URLPattern

    @property
    def in_admin(self) -> bool:
        return self.route.startswith("admin/")

    def __str__(self) -> str:
        return self.key


def doors(urlconf: str | None = None) -> dict[str, Door]:
    """All of them by key, in the order in which the resolver tries them."""
    found = list(_below(get_resolver(urlconf)))
    shared = {name for name, count in Counter(name for name, _route, _pattern in found).items() if count > 1}
    made = [
        Door(name if name and name not in shared else route, name, route, pattern) for name, route, pattern in found
    ]
    return {door.key: door for door in made}


def undeclared_and_stale(found: Iterable[str], declared: Iterable[str]) -> tuple[set[str], set[str]]:
    """Doors that nobody has decided about, and decisions about doors that are not there."""
    return set(found) - set(declared), set(declared) - set(found)


def _below(
    resolver: URLResolver, route: str = "", namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    for entry in resolver.url_patterns:
        # The first part of a translated address is the reader's language; a door is the same in each.
        part = route if "LocalePrefix" in type(entry.pattern).__name__ else route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield ":".join([*namespaces, entry.name]) if entry.name else "", part, entry
        else:
            yield from _below(entry, part, (*namespaces, entry.namespace) if entry.namespace else namespaces)
