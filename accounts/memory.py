"""What a process remembers for seconds: things that are the same for everybody and that every page asks for.

Objects are kept as they are, not copied, so nobody changes them. Django's local-memory cache would pickle
them at every look. Nothing decides by it what somebody may do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")
MOST = 2000
_kept: dict[Hashable, tuple[float, object]] = {}


def remember(key: Hashable, seconds: float, make: Callable[[], T]) -> T:
    """What make() gave for this key within the last seconds; None is asked again every time."""
    found = _kept.get(key)
    if found and found[0] > time.monotonic():
        return found[1]  # type: ignore[return-value]  # the key says what it is
    value = make()
    if value is not None:
        if len(_kept) > MOST:
            _kept.clear()
        _kept[key] = (time.monotonic() + seconds, value)
    return value


def forget(key: Hashable = None) -> None:
    """Forget one thing, or everything."""
    if key is None:
        _kept.clear()
    else:
        _kept.pop(key, None)
