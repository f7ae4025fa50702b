"""Remember values in the process for some seconds, such as those that every page needs.

Objects are returned as they are, not copied, so callers must not change them. Django's local-memory cache would
pickle them at every look-up. No access decision uses these values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from cachetools import TLRUCache
from django.db import transaction

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
# key -> (value, seconds for which it may be used)
_entries: TLRUCache[Hashable, tuple[object, float]] = TLRUCache(2000, ttu=lambda _key, entry, now: now + entry[1])
_lock = threading.Lock()


def remember(key: Hashable, seconds: float, make: Callable[[], T]) -> T:
    """Return the value of this key; call `make()` if there is none younger than `seconds`. None is not remembered."""
    with _lock:
        entry = _entries.get(key)
    if entry:
        return entry[0]  # type: ignore[return-value]  # the type depends on the key
    value = make()
    if value is not None:
        with _lock:
            _entries[key] = (value, seconds)
    return value


def remember_each(
    kind: Hashable, keys: Iterable[K], seconds: float, make: Callable[[set[K]], Mapping[K, T]]
) -> dict[K, T]:
    """Return the values of these keys of one kind, each remembered as `(kind, key)`.

    `make()` gets all keys together that have no value younger than `seconds`. Keys that it leaves out are left out.
    """
    wanted = set(keys)
    with _lock:
        values: dict[K, T] = {key: entry[0] for key in wanted if (entry := _entries.get((kind, key)))}  # type: ignore[misc]
    if missing := wanted - values.keys():
        made = make(missing)
        with _lock:
            for key, value in made.items():
                _entries[kind, key] = (value, seconds)
        values.update(made)
    return values


def forget(key: Hashable = None) -> None:
    """Forget the value of one key, or all values."""
    with _lock:
        if key is None:
            _entries.clear()
        else:
            _entries.pop(key, None)


def forget_after_change() -> None:
    """Forget all values, because something that many of them rest on has changed in this transaction.

    Again when it commits: until then another thread may remember what was before.
    """
    forget()
    transaction.on_commit(forget)
