"""No connection leaves the machine, neither from the tests nor from the processes of the product."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.egress import guard

FOLDER = Path(guard.__file__).parent


@pytest.fixture
def meant():
    """Clear the recorded attempts, since this test makes them on purpose."""
    before = len(guard.tried)
    yield
    del guard.tried[before:]


@pytest.mark.parametrize("host", ["192.0.2.1", "169.254.169.254", "2001:db8::1", "10.0.0.1", "0.0.0.0", "example.org"])
def test_a_connection_to_another_host_is_refused(host, meant):
    with pytest.raises(guard.LeavesTheMachine):
        urllib.request.urlopen(f"http://[{host}]/" if ":" in host else f"http://{host}/", timeout=1)
    assert host in guard.tried


@pytest.mark.parametrize("verb", ["connect", "connect_ex"])
@pytest.mark.deep
def test_a_bare_socket_is_refused_too(verb, meant):
    with socket.socket() as line, pytest.raises(guard.LeavesTheMachine):
        getattr(line, verb)(("192.0.2.1", 80))


def test_a_datagram_is_refused_too(meant):
    with socket.socket(type=socket.SOCK_DGRAM) as line, pytest.raises(guard.LeavesTheMachine):
        line.sendto(b"x", ("192.0.2.1", 53))


def test_loopback_and_unix_sockets_are_allowed(tmp_path):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=2):
            pass
    with socket.socket(socket.AF_UNIX) as line:
        assert line.connect_ex(str(tmp_path / "nobody")) != 0


def test_a_process_started_with_it_is_guarded_and_reports(tmp_path):
    code = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)"
    report = tmp_path / "report"
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "EGRESS_REPORT": str(report)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "LeavesTheMachine" in done.stderr
    assert report.read_text() == "192.0.2.1\n"


@pytest.mark.deep
def test_control_a_test_that_tries_fails(pytester_like):
    """The fixture of tests/conftest.py fails a test even when the code under test swallowed the error."""
    assert "connections to other machines" in pytester_like(
        "import socket\ndef test_x():\n    try:\n        socket.create_connection(('192.0.2.1', 80), 1)\n"
        "    except BaseException:\n        pass\n"
    )


@pytest.fixture
def pytester_like(tmp_path):
    """Run one temporary test under the fixture of this suite. Return the output of pytest."""

    def run(source: str) -> str:
        (tmp_path / "test_thrown_away.py").write_text(source)
        root = FOLDER.parent.parent
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "tests.egress.fixture", "--rootdir", str(root),
                   "-c", str(root / "pyproject.toml"), str(tmp_path / "test_thrown_away.py")]  # fmt: skip
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stdout

    return run
