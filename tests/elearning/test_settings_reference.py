"""docs/operate.md lists every variable that the product, Compose and Caddy read, and only commands that there are."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.support.apps import APPS

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
GUIDE = (ROOT / "docs/operate.md").read_text()
READERS = {"env", "share"}  # of elearning.environment
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}  # Django's; there is one settings module


def variables_of_the_code() -> set[str]:
    """The first arguments of every env(…), env.bool(…), share(…) and os.environ.get(…) of the product."""
    found = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and reads_a_variable(node.func):
                    name = node.args[0] if node.args else None
                    # Inside environment.py and loops the name is a variable, which is a literal elsewhere.
                    if isinstance(name, ast.Constant):
                        found.add(name.value)
    return found | {"ADMIN_EMAIL", "ADMIN_NAME", "ADMIN_COUNTRY"}  # read in a loop of first_run


def reads_a_variable(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in READERS
    if not isinstance(function, ast.Attribute):
        return False
    base = ast.unparse(function.value)
    if base in ("os.environ", "values"):  # elearning.production judges the values of the whole environment
        return function.attr == "get"
    return base == "env" or ast.unparse(function) == "os.getenv"


def variables_of_the_files() -> set[str]:
    compose = (ROOT / "docker-compose.yml").read_text()
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    return set(re.findall(r"\$\{([A-Z_]+)", compose)) | set(re.findall(r"\{\$([A-Z_]+)", caddy))


def table(title: str) -> list[str]:
    """The names in the first column of the tables below this heading."""
    section = re.split(r"^#+ ", GUIDE.split(f"# {title}\n")[1], flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE)


def test_every_variable_that_the_product_reads_is_listed():
    names = table("Every setting")
    assert names == sorted(set(names))
    assert set(names) == variables_of_the_code() - NOT_OURS


def test_every_variable_that_compose_and_caddy_read_is_listed():
    only_there = variables_of_the_files() - variables_of_the_code()
    assert set(table("Settings of Docker Compose and Caddy")) == only_there


def test_control_the_collector_finds_each_way_of_reading():
    source = 'env("A"); env.bool("B", default=1); share("C", default=0); os.environ.get("D"); other("E"); x.get("F")'
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    assert {call.args[0].value for call in calls if reads_a_variable(call.func)} == {"A", "B", "C", "D"}


def test_the_product_reads_variables_through_env_only():
    """Setting one for a child process is no reading. FAILPOINT is read below the settings, where env cannot be."""
    allowed = {"accounts/fault_injection.py", "elearning/checks.py", "elearning/production.py"}
    allowed |= {"elearning/first_run/readiness.py"}  # the whole environment, to judge it
    allowed |= {
        "elearning/backups/postgresql.py",
        "elearning/metrics/exposition.py",
    }  # for pg_dump; set by gunicorn's file
    wrong = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            lines = [line for line in path.read_text().splitlines() if "os.environ" in line or "os.getenv" in line]
            if any("setdefault" not in line for line in lines):
                wrong.add(str(path.relative_to(ROOT)))
    assert wrong - allowed == set()


def test_the_guide_names_commands_that_there_are():
    named = set(re.findall(r"manage\.py ([a-z_]+)", GUIDE))
    assert named - set(get_commands()) == {"version"}  # manage.py answers it before Django does
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", GUIDE, re.MULTILINE)) - targets == set()


def test_the_guide_names_files_and_pages_that_there_are():
    for name in re.findall(r"`((?:deploy|docs|courses|standards)/[\w./-]+)`", GUIDE):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\]\(([\w./-]+)\)", GUIDE):
        assert (ROOT / "docs" / name).exists(), name
