"""The web server of production. GUNICORN_CMD_ARGS and the command line overrule this file.

The number of processes is WEB_CONCURRENCY, which gunicorn reads itself. They share their counters for /metrics in files of
a folder. It is new at every start, so no counter of an earlier start is added, and on this machine only: processes of two
containers may have the same id. Set PROMETHEUS_MULTIPROC_DIR to use another one, which you then empty yourself.
"""

import atexit
import os
import shutil
import tempfile

bind = "127.0.0.1:8000"
threads = 4
preload_app = True  # the processes share the memory of the code
worker_tmp_dir = "/dev/shm"  # noqa: S108 - memory: a full or slow disk must not look like a hung process
timeout = 30
graceful_timeout = 30
# A process that has grown is replaced. The jitter keeps them from ending together.
max_requests = 5000
max_requests_jitter = 500
# The middleware decides whose X-Forwarded headers count (TRUSTED_PROXIES).
forwarded_allow_ips = ""
control_socket_disable = True


def remove_folder(folder: str, main_process: int) -> None:
    if os.getpid() == main_process:  # each process that ends comes here
        shutil.rmtree(folder, ignore_errors=True)


if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
    # Not on_exit, which gunicorn does not call when the start fails.
    atexit.register(remove_folder, os.environ["PROMETHEUS_MULTIPROC_DIR"], os.getpid())
