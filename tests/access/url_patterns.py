"""Every URL pattern of the product: the resolver's, with those of Wagtail and allauth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class UrlPattern:
    """One pattern. Its key is its full name, or its route if it has no name of its own."""

    key: str
    name: str
    route: str
    django_pattern: URLPattern

    @property
    def in_admin(self) -> bool:
        return self.route.startswith("admin/")

    def __str__(self) -> str:
        return self.key


def url_patterns(urlconf: str | None = None) -> dict[str, UrlPattern]:
    """Return all patterns by key, in the order in which the resolver tries them."""
    entries = list(_below(get_resolver(urlconf)))
    shared = {name for name, count in Counter(name for name, _route, _pattern in entries).items() if count > 1}
    patterns = [
        UrlPattern(name if name and name not in shared else route, name, route, django_pattern)
        for name, route, django_pattern in entries
    ]
    return {pattern.key: pattern for pattern in patterns}


def undeclared_and_stale(keys: Iterable[str], declared: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the patterns without a declaration, and the declarations without a pattern."""
    return set(keys) - set(declared), set(declared) - set(keys)


def _below(
    resolver: URLResolver, route: str = "", namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    for entry in resolver.url_patterns:
        # The language prefix is left out, so that a pattern counts once and not for each language.
        part = route if "LocalePrefix" in type(entry.pattern).__name__ else route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield ":".join([*namespaces, entry.name]) if entry.name else "", part, entry
        else:
            yield from _below(entry, part, (*namespaces, entry.namespace) if entry.namespace else namespaces)
