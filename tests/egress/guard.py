"""Refuse every connection and name look-up that leaves this machine.

tests/conftest.py installs it for the tests. For the processes that tests start, tests/egress/sitecustomize.py does, which
PYTHONPATH finds. It covers Python sockets only, not libpq (PostgreSQL) and Chromium.
"""

import ipaddress
import os
import socket

tried: list[str] = []
_connect, _connect_ex, _sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
_look_ups = {
    name: getattr(socket, name) for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
}


class LeavesTheMachine(RuntimeError):
    """Not an OSError, so that code that handles failed connections does not hide it."""


def is_loopback(host) -> bool:
    if host is None or host in ("", "localhost", b"localhost"):
        return True
    try:
        text = host.decode() if isinstance(host, bytes) else str(host)
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return text == socket.gethostname()  # our own host name, which emails have in their Message-ID


def refuse(host) -> None:
    if is_loopback(host):
        return
    tried.append(str(host))
    report = os.environ.get("EGRESS_REPORT")
    if report:
        with open(report, "a") as file:
            file.write(f"{host}\n")
    raise LeavesTheMachine(f"a connection to {host} was about to leave this machine")


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return _connect(self, address)


def connect_ex(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return _connect_ex(self, address)


def sendto(self, data, *rest):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(rest[-1][0])
    return _sendto(self, data, *rest)


def looking_up(name: str):
    def look_up(host, *args, **kwargs):
        refuse(host)
        return _look_ups[name](host, *args, **kwargs)

    return look_up


def install() -> None:
    socket.socket.connect = connect
    socket.socket.connect_ex = connect_ex
    socket.socket.sendto = sendto
    for name in _look_ups:
        setattr(socket, name, looking_up(name))
