"""Named places where a fault experiment may break the process, to prove that no effect is lost there.

Nothing happens unless the environment variable FAILPOINT names a plan: "<name>=<what>:<folder>", where <what> is exit
(as kill -9 would), hang or swell (eat memory). A plan strikes once for each file in the folder, so that a process that
was started again goes on; a file named "always" stays. The idea is that of FreeBSD's fail(9) and PostgreSQL's injection points.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

PLACES = (
    "certificate recorded",  # in the transaction of its cause, before the commit
    "committed",  # after the commit, before the worker is woken
    "worker woken",
    "certificate task begun",  # before the row is claimed
    "certificate claimed",
    "certificate rendered",
    "file in place",  # after the rename, before the row says so
    "certificate done",  # in the transaction that says so, before its commit
    "certificate ready",  # after it, before the broker hears that the task is done
    "email sent",  # the mail server has it, the row does not say so yet
)
_name, _, _plan = os.environ.get("FAILPOINT", "").partition("=")
_what, _, _folder = _plan.partition(":")


def reach(place: str, row: object = "") -> None:
    """Break here if the plan says so for this place; `row` (its key) must match a plan "<place>#<row>"."""
    if _name and _name in (place, f"{place}#{row}") and _strikes():
        _break()


def _strikes() -> bool:
    """Take one strike from the plan's folder; of two processes one gets it."""
    for strike in sorted(Path(_folder).iterdir()):
        if strike.name == "always":
            return True
        try:
            strike.unlink()
        except FileNotFoundError:
            continue
        return True
    return False


def _break() -> None:
    if _what == "exit":
        os._exit(137)
    eaten = []
    while True:
        if _what == "swell":
            eaten.append(bytearray(50_000_000))
        else:
            time.sleep(0.01)
