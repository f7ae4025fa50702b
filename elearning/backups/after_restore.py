"""What a restored database needs before it is used: nobody comes back, nothing is sent twice, nobody stays signed in."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from django.conf import settings

from accounts import sessions
from accounts.emails import held
from certificates import pdf_check
from courses import notices
from courses.problem_reports import reports
from elearning.backups import file_check
from elearning.outboxes import OUTBOXES
from privacy import erasure, exports
from privacy.models import Erasure

ROUNDS = 1000  # of the work that waits; each does up to 500 rows of an outbox, or a slice of a regrade
BATCH_SIZE = 500


def hold_emails() -> None:
    """Hold every email that is not sent."""
    held.hold_unsent()


def count_held() -> int:
    return held.emails().count()


def erase_again(log: bytes) -> int:
    """Erase whoever is in this log, in the log of this machine, or had asked for it. Return how many were brought back."""
    _merge_log(log)
    requested = Erasure.objects.values_list("person", flat=True)
    return erasure.replay(chain(erasure.logged_erasures(), list(requested)))


def _merge_log(log: bytes) -> None:
    """Add to ERASURE_LOG the lines of the archive that it lacks, so that the next backup has them too."""
    path = Path(settings.ERASURE_LOG)
    present = set(path.read_text().splitlines()) if path.exists() else set()
    if lines := [line for line in log.decode().splitlines() if line not in present]:
        erasure.append_to_log(lines)


def do_waiting_work() -> int:
    """Do now what waited when the backup was made, except sending emails. Return the number of rows done.

    The old installation did that work too, and its emails were sent. So the emails that it writes here must be held like
    the others, which is possible only while no worker runs. What fails here waits for the sweep as usual.
    """
    exports.make_ready_copies_again()
    while notices.tell():  # a slice of people at a time
        pass
    reports.tell()
    return sum(_do_all(name) for name in OUTBOXES if name != "emails")


def _do_all(name: str) -> int:
    """Do the due rows of one outbox. A row that fails is claimed for a while, so this ends."""
    outbox, done = OUTBOXES[name], 0
    for _round in range(ROUNDS):
        keys = list(outbox.model.objects.due().order_by("due_at").values_list("pk", flat=True)[:BATCH_SIZE])
        if not keys:
            break
        for pk in keys:
            outbox.task(pk)
        done += len(keys)
    return done


def end_sessions() -> None:
    """End all sessions. An archive has none; this holds for one that was made by other means."""
    sessions.end_all()


def file_problems() -> list[str]:
    """Return a line for each file that a row names and that is missing or damaged."""
    certificates = [f"certificate {problem.certificate.shown_code}: {problem.kind}" for problem in pdf_check.problems()]
    return certificates + [f"{problem.name}: {problem.kind}" for problem in file_check.problems()]
