"""The scripts of the pages: their own tests pass in Node.js, and their modules are found under hashed names."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from elearning.static_storage import StaticStorage
from tests.support import node

pytestmark = pytest.mark.once


def test_the_tests_of_the_scripts_pass():
    done = node.run(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed and int(passed[1]) > 0, done.stdout


def test_modules_are_imported_by_their_hashed_names(tmp_path, settings):
    settings.STATIC_ROOT, settings.DEBUG = tmp_path, False
    source = Path(settings.BASE_DIR) / "elearning/static"
    shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    storage = StaticStorage()
    scripts = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.js")}
    for _name, _hashed, done in storage.post_process({name: (storage, name) for name in scripts}):
        assert done is True
    imported = set()
    for name in scripts:
        text = (tmp_path / storage.hashed_files[name]).read_text()
        for path in re.findall(r'^import .* from "(.+)";$', text, re.MULTILINE):
            imported.add(((tmp_path / name).parent / path).resolve().relative_to(tmp_path).as_posix())
    modules = {"connection.js", "unsent.js", "forms/sender.js", "quiz/clock.js", "quiz/sender.js", "quiz/store.js"}
    assert imported == {storage.hashed_files[name] for name in modules}
