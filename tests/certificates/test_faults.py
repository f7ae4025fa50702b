"""The real worker, killed with SIGKILL at random moments: nothing owed is lost, nothing is done twice.

Runs on the database the tests are given: SQLite with the embedded broker, PostgreSQL with Redis.
FAULTS=full asks for more certificates and more kills.
"""

import hashlib
import os
import random

import pytest

from tests.certificates.installation import Installation

pytestmark = pytest.mark.both
FULL = os.environ.get("FAULTS") == "full"
KILLS = 20 if FULL else 5
EACH = 50 if FULL else 20
SEED = int(os.environ.get("SEED", random.randrange(10**6)))


@pytest.fixture
def installation(transactional_db, tmp_path):
    made = Installation(tmp_path)
    yield made
    made.remove()


def kill_at_random_moments(installation: Installation) -> None:
    """Owe a batch, start worker and beat, and kill both while they work on it; as often as asked."""
    dice = random.Random(SEED)
    print(f"SEED={SEED}")
    for _ in range(KILLS):
        installation.issue(EACH)
        before = installation.number("settled_at IS NOT NULL")
        installation.start("worker", "beat")
        installation.wait(lambda before=before: installation.number("settled_at IS NOT NULL") > before, 30)
        installation.wait(lambda: False, dice.uniform(0, 0.4))
        installation.kill()


def test_killed_again_and_again_the_worker_delivers_every_certificate_once(installation):
    kill_at_random_moments(installation)
    many = KILLS * EACH
    interrupted = installation.number("settled_at IS NULL")
    installation.start("worker", "beat")
    assert installation.wait(lambda: installation.number("settled_at IS NULL AND NOT dead") == 0, 90)
    installation.kill()

    rows = installation.rows(
        "SELECT code, achievement, pdf_sha256, pdf_size FROM certificates_certificate WHERE NOT dead"
    )
    assert [len(set(column)) for column in list(zip(*rows, strict=True))[:3]] == [many] * 3
    for _code, _achievement, sha256, size in rows:
        stored = (installation.folder / "certificates" / sha256[:2] / f"{sha256}.pdf").read_bytes()
        assert (hashlib.sha256(stored).hexdigest(), len(stored)) == (sha256, size)
    letters = installation.rows("SELECT dedupe_key FROM accounts_letter WHERE kind = 'certificate_ready'")
    assert sorted(key for (key,) in letters) == sorted(f"certificate:{code}:ready" for code, *_ in rows)
    assert interrupted > 0, "no kill hit the worker at work: the test proved nothing"


def test_without_the_sweep_what_the_broker_lost_is_never_delivered(installation):
    """The negative control: the same loss, first without the beat, then with it."""
    installation.issue(5)
    installation.empty_broker()
    installation.start("worker")
    installation.issue(1)  # this one's wake arrives, so the worker is known to work
    assert installation.wait(lambda: installation.number("settled_at IS NOT NULL") == 1, 30)
    assert not installation.wait(lambda: installation.number("settled_at IS NULL") < 5, 5)
    installation.start("beat")
    assert installation.wait(lambda: installation.number("settled_at IS NULL") == 0, 30)
