"""No connection leaves this machine: socket.connect() and name look-ups refuse whatever is not loopback.

The tests install it at once (tests/conftest.py); for the real processes that tests start, tests/egress/sitecustomize.py
does, found by PYTHONPATH. What Python's sockets do not open it does not see: libpq (PostgreSQL) and Chromium.
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
    """Not an OSError: code that shrugs at a failed connection must not shrug at this."""


def is_loopback(host) -> bool:
    if host is None or host in ("", "localhost", b"localhost"):
        return True
    try:
        text = host.decode() if isinstance(host, bytes) else str(host)
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return text == socket.gethostname()  # our own name: mails carry it in their Message-ID


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
