"""`make faults`: run the experiments with their full counts. One that was run for this version is skipped.

ARGS="R3 R13" selects experiments; ARGS=--again repeats them; SEED=<number> repeats a random run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.faults.experiment import RESULTS
from tests.support.product import version

EXPERIMENTS = {
    "R1": "tests/faults/test_worker.py -k killed",
    "R2": "tests/faults/test_crash_points.py",
    "R3": "tests/faults/test_redis.py",
    "R4": "tests/faults/test_postgres.py",
    "R5": "tests/faults/test_sqlite.py",
    "R6": "tests/quizzes/test_races.py",
    "R7": "tests/faults/test_answering.py",
    "R8": "tests/faults/test_histories.py",
    "R9": "tests/faults/test_clocks.py",
    "R10": "tests/faults/test_stampede.py",
    "R11": "tests/faults/test_finaliser.py",
    "R12": "tests/faults/test_certificate_status.py",
    "R13": "tests/faults/test_poison.py -k breaks",
    "R14": "tests/faults/test_worker.py -k beats",
    "R16": "tests/faults/test_poison.py -k disk",
    "R21": "tests/faults/test_emails.py",
    "R17": "tests/faults/test_health.py",
    "R19": "tests/faults/test_backup.py",
    "S13": "tests/security/test_stored_xss.py tests/security/test_xss_chromium.py",
    "S2": "tests/access/test_mutants.py",
}
# Experiments on the database of the tests, so they run once on each.
ON_BOTH_DATABASES = ("R6", "R12")


def recorded_lines() -> dict[str, list[str]]:
    """Return the recorded lines of this version, by experiment."""
    lines: dict[str, list[str]] = {}
    if RESULTS.exists():
        for row in map(json.loads, RESULTS.read_text().splitlines()):
            if row["version"] == version():
                lines.setdefault(row["name"].split()[0], []).append(row["line"])
    return lines


def run(name: str) -> int:
    postgres = {
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
        "REDIS_URL": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9"),
    }
    environment = {**os.environ, "FAULTS": "full"}
    command = [sys.executable, "-m", "pytest", "-q", "-s", *EXPERIMENTS[name].split()]
    codes = [
        subprocess.run(command, env={**environment, **services}, check=False).returncode
        for services in ([{}, postgres] if name in ON_BOTH_DATABASES else [{}])
    ]
    return max(codes)


def main(arguments: list[str]) -> int:
    again = "--again" in arguments
    names = [name for name in arguments if name != "--again"] or list(EXPERIMENTS)
    unknown = set(names) - set(EXPERIMENTS)
    if unknown:
        print(f"There is no experiment {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}.")
        return 2
    done = {} if again else recorded_lines()
    failed = [name for name in names if name not in done and run(name)]
    print("\n" + "\n".join(line for name in names for line in recorded_lines().get(name, [f"{name}: no line"])))
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
