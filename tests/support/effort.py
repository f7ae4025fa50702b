"""How long our own code works: for promises like "refused at once", which must not depend on the machine of the day."""

import gc
import time
from contextlib import contextmanager
from types import SimpleNamespace

ORDINARY = 0.05  # seconds for a million steps: twice what they take where the limits are usually met (0.016 to 0.032 s)


def slowness() -> float:
    """How many times longer than on an ordinary machine the same work takes just now; 1 where it is as fast, or faster."""
    begun = time.process_time()
    for _ in range(1_000_000):
        pass
    return max(1.0, (time.process_time() - begun) / ORDINARY)


@contextmanager
def effort():
    """Yields what knows its `seconds` afterwards: of the processor, on an ordinary machine, without looking for garbage.

    What tests before this one have left behind is not this one's work, and neither is what runs beside it.
    """
    work = SimpleNamespace(seconds=0.0)
    gc.disable()
    begun = time.process_time()
    try:
        yield work
    finally:
        work.seconds = time.process_time() - begun
        gc.enable()
    if work.seconds > 0.4:  # what is quicker is quick on any machine
        work.seconds /= slowness()
