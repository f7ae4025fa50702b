"""A PostgreSQL server for one experiment that can be killed, and a proxy that can break a connection after a COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg

from tests.support.product import POSTGRES, TIMEOUT, Product, free_port

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: float(path.parent.name))
MISSING = (BIN is None or not (BIN / "initdb").exists()) and os.environ.get("REQUIRE_SERVICES") != "1"


class OwnPostgres:
    """A cluster in a folder of an own user, since PostgreSQL refuses to run as root."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="own-postgres-"))
        self.port = free_port()
        self.server = f"postgresql://postgres@127.0.0.1:{self.port}"
        self.user: dict = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        command = [str(BIN / program), "-D", str(self.folder / "data"), *arguments]
        with (self.folder / "commands.log").open("ab") as log:
            subprocess.run(command, cwd=self.folder, stdout=log, stderr=log, check=True, timeout=TIMEOUT, **self.user)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "start", "-w", "-t", "100", "-l", str(self.folder / "server.log"), "-o", options)

    def restart(self) -> None:
        """Stop at once and start again. PostgreSQL recovers what was committed from its log."""
        self.run("pg_ctl", "restart", "-w", "-t", "100", "-m", "immediate", "-l", str(self.folder / "server.log"))

    def kill(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate")

    def hang(self) -> None:
        """SIGSTOP every process: connections are accepted, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        server = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for pid in (server, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def take_over(self, product: Product) -> None:
        """Move the database of the product to this server. The product must not be running."""
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {product.database}")
        dump = [str(BIN / "pg_dump"), "--no-owner", f"{POSTGRES}/{product.database}"]
        load = [str(BIN / "psql"), "-q", "-v", "ON_ERROR_STOP=1", f"{self.server}/{product.database}"]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as source:
            subprocess.run(load, stdin=source.stdout, stdout=subprocess.DEVNULL, check=True, timeout=TIMEOUT)
        product.server = self.server
        product.environment["DATABASE_URL"] = f"{self.server}/{product.database}"

    def remove(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


class BreakingProxy:
    """A proxy to PostgreSQL that breaks the connection after every n-th COMMIT, before the reply."""

    COMMIT = b"COMMIT\x00"

    def __init__(self, to: str, every: int):
        where = psycopg.conninfo.conninfo_to_dict(to)
        self.to = where["host"], int(where["port"])
        self.every = every
        self.commits = 0
        self.broken = 0
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.ready.wait(10)

    def run(self) -> None:
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port))
        self.ready.set()
        self.loop.run_forever()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above, below = await asyncio.open_connection(*self.to)
        doomed = asyncio.Event()
        there = asyncio.create_task(self.there(reader, below, doomed))
        await self.back(above, writer, doomed)
        there.cancel()
        writer.close()
        below.close()

    async def there(self, reader, below, doomed: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if self.COMMIT in data:
                self.commits += 1
                if self.commits % self.every == 0:
                    doomed.set()
            below.write(data)
            await below.drain()
        below.write_eof()

    async def back(self, above, writer, doomed: asyncio.Event) -> None:
        while data := await above.read(65536):
            if doomed.is_set():
                self.broken += 1  # PostgreSQL has replied, so it has committed
                return
            writer.write(data)
            await writer.drain()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
