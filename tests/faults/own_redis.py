"""A Redis server for one experiment that can be killed, suspended, emptied, filled or made read-only."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import redis

from tests.support.product import free_port, wait_for


class OwnRedis:
    def __init__(self, folder: Path):
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port, socket_timeout=2)
        self.start()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        server = shutil.which("redis-server") or "redis-server"
        command = [server, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.answers)

    def answers(self) -> bool:
        try:
            return self.client.ping()
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """SIGKILL: the queued messages are lost, and the port is closed."""
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        """SIGSTOP: connections are accepted, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        self.client.flushall()

    def fill(self) -> None:
        """Leave no memory and allow no eviction."""
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", 1)

    def drain(self) -> None:
        self.client.config_set("maxmemory", 0)

    def make_read_only(self) -> None:
        """Make it a replica that refuses writes, as after a failover."""
        self.client.replicaof("127.0.0.1", free_port())

    def make_writable(self) -> None:
        self.client.replicaof("NO", "ONE")

    def stop(self) -> None:
        self.wake()
        self.kill()
