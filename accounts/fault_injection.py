"""Named places where a fault experiment can break the process, to prove that no effect is lost there.

Nothing happens unless the environment variable FAILPOINT holds a plan: "<place>=<what>:<folder>" or
"<place>#<row>=<what>:<folder>". <what> is exit (like kill -9), hang, or swell (use up memory). Each file in the folder
allows one break and is removed by it, so a restarted process goes on; a file named "always" stays. The idea comes
from FreeBSD's fail(9) and PostgreSQL's injection points.
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
    "file in place",  # after the rename, before the row records it
    "certificate done",  # in the transaction that finishes the row, before its commit
    "certificate ready",  # after that commit, before the task is acknowledged to the broker
    "email sent",  # the mail server has accepted it, the row is not done yet
)
_name, _, _plan = os.environ.get("FAILPOINT", "").partition("=")
_what, _, _folder = _plan.partition(":")


def reach(place: str, row: object = "") -> None:
    """Break the process if the plan names this place, or this place and row: "<place>#<row>". `row` is a key."""
    if _name and _name in (place, f"{place}#{row}") and _may_break():
        _break()


def _may_break() -> bool:
    """Remove one file of the plan's folder and return True; False if none is left. Processes never share a file."""
    for permit in sorted(Path(_folder).iterdir()):
        if permit.name == "always":
            return True
        try:
            permit.unlink()
        except FileNotFoundError:
            continue
        return True
    return False


def _break() -> None:
    if _what == "exit":
        os._exit(137)
    blocks = []
    while True:
        if _what == "swell":
            blocks.append(bytearray(50_000_000))
        else:
            time.sleep(0.01)
