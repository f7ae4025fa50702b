import pytest

from elearning import heartbeats
from elearning.backups.records import record_made
from elearning.health import summary


@pytest.fixture
def running(db, settings, monkeypatch):
    """Every process was heard of just now, the broker answers, and a backup was made."""
    settings.DISK_FREE_MB = 1
    monkeypatch.setattr(summary, "broker_answers", lambda: True)
    for process in (heartbeats.WORKER, heartbeats.BEAT, heartbeats.SWEEP):
        heartbeats.touch(process)
    record_made(rows=1, files=1, missing=0)
