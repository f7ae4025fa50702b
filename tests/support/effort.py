"""Measure processor time, for tests such as "refused at once" that must not depend on the speed of the machine."""

import gc
import time
from contextlib import contextmanager
from types import SimpleNamespace

REFERENCE_SECONDS = 0.05  # for a million steps: twice the time of the machines that the limits were set on


def slowness() -> float:
    """Return how many times slower this machine is than the reference machine, at least 1."""
    started = time.process_time()
    for _ in range(1_000_000):
        pass
    return max(1.0, (time.process_time() - started) / REFERENCE_SECONDS)


@contextmanager
def effort():
    """Yield an object whose `seconds` is set at the end: processor time, scaled to the reference machine.

    Garbage collection is off, so that garbage of earlier tests does not count, and other processes do not count either.
    """
    work = SimpleNamespace(seconds=0.0)
    gc.disable()
    started = time.process_time()
    try:
        yield work
    finally:
        work.seconds = time.process_time() - started
        gc.enable()
    if work.seconds > 0.4:  # anything faster is fast on every machine
        work.seconds /= slowness()
