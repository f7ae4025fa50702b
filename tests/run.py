"""Run every test: set up the browser where that may be done, then pytest on SQLite and on PostgreSQL.

Where PostgreSQL answers, a test runs once, on the database the product is run on, unless it is marked otherwise
(pyproject.toml); without it, all run on SQLite.

Tests that need PostgreSQL, Redis or a browser run when those answer; otherwise they are named,
and under REQUIRE_SERVICES=1 their absence is a failure.
"""

import os
import shutil
import socket
import subprocess
import sys

from tests import chromium

SERVICES = {"PostgreSQL": ("127.0.0.1", 5432), "Redis": ("127.0.0.1", 6379)}
# Files in the order of tests/conftest.py: those that take long by themselves begin first.
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"


def answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def install_browser() -> bool:
    """Chromium from Debian's packages, where we may install them; the first of them that there is."""
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
    print(f"\n== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    # The products that tests start, hundreds of times, must not compile the code each time.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run(command, env={**kept, **environment}, check=False).returncode
    return 0 if code == 5 else code  # 5: nothing was selected


def main(arguments: list[str]) -> int:
    missing = [name for name, address in SERVICES.items() if not answers(address)]
    if not install_browser():
        missing.append("Chromium")
    for name in missing:
        print(f"{name} does not answer: the tests that need it are not run.", flush=True)
    if missing and REQUIRED:
        print("REQUIRE_SERVICES=1, so that is a failure.")
        return 1
    if arguments:
        return pytest("The tests you named", arguments)
    no_browser = " and not browser" if "Chromium" in missing else ""
    services = "PostgreSQL" not in missing and "Redis" not in missing
    sqlite = f"not services{no_browser}" + (" and (both or once or embedded or browser)" if services else "")
    codes = [pytest("On SQLite, with the embedded broker", [*SIDE_BY_SIDE, "-m", sqlite])]
    if services:
        given = {
            "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
            "REDIS_URL": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9"),
        }
        # What a browser shows is the same on both, but for the journey, which is marked for the services.
        postgres = f"(services or not browser) and not embedded and not once{no_browser}"
        codes += [
            pytest("On PostgreSQL and Redis", [*SIDE_BY_SIDE, "-m", f"{postgres} and not alone"], **given),
            pytest("What is held to seconds, alone", ["-m", f"{postgres} and alone"], **given),
        ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
