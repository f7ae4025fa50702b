"""The version is one, and is shown to whoever runs the product."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from elearning.version import VERSION

pytestmark = pytest.mark.once
ROOT = Path(settings.BASE_DIR)


def test_the_package_has_the_same_version_and_the_changelog_knows_it():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    assert VERSION.partition(".dev")[0] in (ROOT / "CHANGELOG.md").read_text()


def test_the_command_prints_it():
    done = subprocess.run(
        [sys.executable, "manage.py", "version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"Plumbline {VERSION}\n"


def test_the_staff_area_shows_it(client, administrator):
    client.force_login(administrator)
    assert f"Plumbline, version {VERSION}" in client.get(reverse("wagtailadmin_home")).content.decode()
