"""Running the product: the second start of the demo, and a supervisor that ends all its processes."""

import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.support.product import ROOT, TIMEOUT, free_port, wait_for


def alive(folder: str) -> list[str]:
    """Return the command lines of processes whose environment has this folder."""
    command_lines = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/cmdline", "rb") as line:
                if f"VAR_DIR={folder}".encode() in environ.read().split(b"\0"):
                    command_lines.append(line.read().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return command_lines


@pytest.mark.deep
@pytest.mark.browser
def test_the_second_start_of_the_demo_skips_the_set_up_and_ctrl_c_ends_all_processes(tmp_path):
    """Marked as a browser test because it runs the whole product; it needs no browser."""
    port = str(free_port())
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"VAR_DIR": str(tmp_path), "PORT": port, "DJANGO_SETTINGS_MODULE": "elearning.settings"}

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        wait_for(lambda: answers(port), 240)
        return process

    def stop(process: subprocess.Popen) -> str:
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=TIMEOUT)[0]

    process = start()
    output = stop(process)
    assert ("[1/" in output, "amina@example.org" in output, str(tmp_path / "mail") in output) == (True, True, True)
    assert "Lessons count as done at once" in output
    assert (process.returncode, alive(str(tmp_path))) == (0, [])
    process = start()
    assert "[1/" not in stop(process), "the set-up is skipped"
    assert alive(str(tmp_path)) == []


def answers(port: str) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/en/", timeout=5).close()
    except OSError:
        return False
    return True
