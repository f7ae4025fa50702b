"""Run the tests by tier: `make test` runs the first tier, `make test-all` everything.

The first tier runs once, on PostgreSQL and Redis if they answer and else on SQLite. `make test-all` runs on both
databases, except for tests marked `once` (pyproject.toml). Tests whose service or browser is missing are skipped with a
message; with REQUIRE_SERVICES=1 that is a failure.
"""

import os
import shutil
import socket
import subprocess
import sys
import time

from tests.support import chromium

SERVICES = {"PostgreSQL": ("127.0.0.1", 5432), "Redis": ("127.0.0.1", 6379)}
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
# Files in the order of tests/conftest.py, which puts slow ones first.
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
# Many tests of the second tier wait for a process that they started, so a third one keeps two cores busy.
THREE_SIDE_BY_SIDE = ["-n", "3", *SIDE_BY_SIDE[2:]]
SLOWEST = ["--durations", "10"]
URLS = {
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "REDIS_URL": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9"),
}


def answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def install_browser() -> bool:
    """Install Chromium from Debian's packages if we have the rights. Return whether there is a browser."""
    if chromium.program():
        return True
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Chromium from Debian's packages…", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    for package in chromium.PACKAGES:
        subprocess.run(["apt-get", "install", "-y", "-qq", package], check=False, **quiet)
        if chromium.program():
            return True
    return False


def pytest(title: str, arguments: list[str], **environment: str) -> int:
    """Run pytest in a separate process. Return its exit code, or 0 if it selected no test."""
    print(f"\n== {title}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    # Tests start products hundreds of times, which must not compile the code each time.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run(command, env={**environ, **environment}, check=False).returncode
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    print(f"== {title}: {minutes} min {seconds} s", flush=True)
    return 0 if code == 5 else code


def selected(*conditions: str) -> list[str]:
    """Return the pytest arguments that select the tests for which all conditions hold."""
    return ["-m", " and ".join(conditions)]


def both_tiers(available: list[str], services: bool) -> int:
    """Run everything on PostgreSQL and Redis, then tests with time limits alone, then database tests again on SQLite."""
    everything = {**URLS, "TIER": "all"} if services else {"TIER": "all"}
    title = "Everything, on PostgreSQL and Redis" if services else "Everything, on SQLite"
    codes = [
        pytest(title, [*THREE_SIDE_BY_SIDE, *SLOWEST, *selected(*available, "not alone")], **everything),
        pytest("Tests with time limits, alone", selected(*available, "alone"), **everything),
    ]
    if services:
        repeated = selected("not services", "not once", "not browser", "not embedded", "not alone")
        codes.append(pytest("Again on SQLite", [*SIDE_BY_SIDE, *repeated], TIER="all"))
    return max(codes)


def main(arguments: list[str]) -> int:
    missing = [name for name, address in SERVICES.items() if not answers(address)]
    if not install_browser():
        missing.append("Chromium")
    for name in missing:
        print(f"{name} is missing: the tests that need it are not run.", flush=True)
    if missing and REQUIRED:
        print("REQUIRE_SERVICES=1, so that is a failure.")
        return 1
    services = not {"PostgreSQL", "Redis"} & set(missing)
    available = [] if services else ["not services"]
    available += ["not browser"] if "Chromium" in missing else []
    urls = URLS if services else {}
    if arguments == ["--all"]:
        return both_tiers(available, services)
    if arguments:
        return pytest("The tests you named", arguments, **urls)
    title = "The first tier, on PostgreSQL and Redis" if services else "The first tier, on SQLite"
    return pytest(title, [*SIDE_BY_SIDE, *SLOWEST, *selected(*available, "not deep")], **urls)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
