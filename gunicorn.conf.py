"""gunicorn reads this file by itself. Its processes share their counters for /metrics in files of a folder.

The folder is new at every start, so no counter of an earlier start is added, and it is on this machine only: processes of
two containers may have the same id. Set PROMETHEUS_MULTIPROC_DIR to use another one, which you then empty yourself.
"""

import os
import shutil
import tempfile

OURS = ""
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    OURS = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")


def on_exit(_server) -> None:
    if OURS:
        shutil.rmtree(OURS, ignore_errors=True)
