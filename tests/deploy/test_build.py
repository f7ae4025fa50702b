"""What the image does, without an engine: deploy/build.sh in a clean copy, then the commands of the image and Compose."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import psycopg
import pytest
import yaml
from django.conf import settings
from psycopg import sql

from deploy import make_env
from tests.support import databases
from tests.support.product import REDIS, free_port, wait_for

pytestmark = [pytest.mark.deep, pytest.mark.services, pytest.mark.once]

ROOT = Path(settings.BASE_DIR)
LEFT_OUT = {".git", ".venv", "var", "tests", "node_modules", "static-built"}  # as .dockerignore does
PASSWORD = "a/b#c@d%e:f g-0123456789"


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """A copy of the code with an interpreter of its own, built by the script that the Dockerfile calls."""
    folder = tmp_path_factory.mktemp("image") / "app"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in files:
        if name and Path(name).parts[0] not in LEFT_OUT and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    clean = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHON": str(folder / ".venv/bin/python"),
    }
    done = subprocess.run(["deploy/build.sh"], cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_build_compiles_the_languages_and_collects_the_static_files(image):
    assert (image / "elearning/locale/ar/LC_MESSAGES/django.mo").is_file()
    assert (image / "static-built/staticfiles.json").is_file()
    assert not (image / "var").exists(), "nothing else is left"


@pytest.fixture
def production(image, tmp_path):
    """The variables of production: what make env writes, and an empty database whose owner has an odd password."""
    name = f"build_{uuid.uuid4().hex[:10]}"
    databases.create(name)
    with psycopg.connect(f"{databases.SERVER}/postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), PASSWORD))
        server.execute(f"ALTER DATABASE {name} OWNER TO {name}")
    where = psycopg.conninfo.conninfo_to_dict(databases.SERVER)
    env_file = tmp_path / ".env"
    make_env.run(make_env.argparse.Namespace(
        file=str(env_file), address="https://learn.example.org", mail="", sender="", insecure_http=False, no_input=True,
    ))  # fmt: skip
    written = dict(word.split("=", 1) for word in shlex.split(env_file.read_text(), comments=True))
    yield written | {
        "PATH": f"{image / '.venv/bin'}:{os.environ['PATH']}",
        "DATABASE_HOST": where.get("host", "127.0.0.1"),
        "DATABASE_PORT": where.get("port", "5432"),
        "DATABASE_NAME": name,
        "DATABASE_USER": name,
        "DATABASE_PASSWORD": PASSWORD,
        "REDIS_PASSWORD": "",
        "REDIS_URL": REDIS,
        "BROKER_PREFIX": name,
        "VAR_DIR": str(tmp_path / "data"),
        "STATIC_DIR": str(image / "static-built"),
        "TRUSTED_PROXIES": "127.0.0.1",
        "WEB_CONCURRENCY": "1",
    }
    databases.drop(name)
    databases.administer(f"DROP ROLE {name}")


def commands(port: int) -> dict[str, list[str]]:
    """The commands of the Dockerfile and of docker-compose.yml, on a port of this test."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {
        "web": [*json.loads(re.search(r"^CMD (.*)$", dockerfile, re.MULTILINE)[1]), "--bind", f"127.0.0.1:{port}"],
        "worker": shlex.split(services["worker"]["command"]),
        "beat": shlex.split(services["beat"]["command"]),
    }


def status(port: int, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def manage(image: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["python", "manage.py", *arguments], cwd=image, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def running(image: Path, environment: dict[str, str], folder: Path, port: int):
    """Start all three. End them by their own process groups."""
    processes = {}
    try:
        for name, words in commands(port).items():
            command = [word.replace("/tmp/beat", str(folder / "beat")) for word in words]
            with (folder / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    command, cwd=image, env=environment, stdout=log, stderr=log, start_new_session=True
                )
        yield processes
    finally:
        for process in processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes.values():
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def test_production_runs_from_an_empty_database_and_stops_when_it_is_told(image, production, tmp_path):
    ada = ["--email", "ada@example.org", "--name", "Ada Admin", "--country", "KE"]
    assert "migrations were applied" in manage(image, production, "first_run", "--no-input", *ada)
    port = free_port()
    with running(image, production, tmp_path, port) as processes:
        wait_for(lambda: status(port, "/health/live") == 200, seconds=60)
        assert status(port, "/en/", **{"Host": "learn.example.org", "X-Forwarded-Proto": "https"}) == 200
        assert status(port, "/en/", Host="evil.example.org") == 400
        for name in ("worker", "beat"):
            wait_for(lambda name=name: subprocess.run(
                ["python", "manage.py", "check_heartbeat", name], cwd=image, env=production, check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ).returncode == 0, seconds=90, every=3)  # fmt: skip
        assert all(process.poll() is None for process in processes.values())
    assert all(process.returncode in (0, -signal.SIGTERM) for process in processes.values())


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_each_process_refuses_to_start_without_its_secrets(image, production, name):
    unsafe = production | {"SECRET_KEY": "", "CERTIFICATE_NAME_KEY": "$NAME_KEY"}
    done = subprocess.run(
        commands(free_port())[name], cwd=image, env=unsafe, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3
    assert "1. SECRET_KEY is missing" in done.stderr
    assert "2. CERTIFICATE_NAME_KEY begins with $" in done.stderr
