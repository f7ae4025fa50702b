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
    modules = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "quiz").glob("*.js")}
    for _name, _hashed, done in storage.post_process({name: (storage, name) for name in {*modules, "quiz.js"}}):
        assert done is True
    text = (tmp_path / storage.hashed_files["quiz.js"]).read_text()
    imported = re.findall(r'^import .* from "\./(.+)";$', text, re.MULTILINE)
    assert set(imported) == {storage.hashed_files[name] for name in modules}
    assert not set(imported) & modules
