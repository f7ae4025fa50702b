"""Run the tests of the scripts in tests/js/ with Node.js: `python -m tests.support.node`.

Playwright's package carries a Node, so every clone has the same one and nothing else is installed.
"""

import subprocess
import sys
from pathlib import Path

import playwright

PROGRAM = Path(playwright.__file__).parent / "driver" / "node"
ROOT = Path(__file__).parents[2]


def run(**options) -> subprocess.CompletedProcess:
    """Run every test of tests/js/; `options` are those of subprocess.run()."""
    files = sorted(map(str, (ROOT / "tests/js").glob("*.test.mjs")))
    return subprocess.run([str(PROGRAM), "--test", *files], cwd=ROOT, check=False, **options)


if __name__ == "__main__":
    sys.exit(run().returncode)
