"""A mail server for tests, on a port of this machine. It answers as a test says, and keeps what it accepts."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage

Answer = str | Callable[[str], str]  # a reply, or a function of the recipient's address; "" closes the connection


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class SmtpServer:
    """`answers` gives other replies than the usual ones: greeting, MAIL, RCPT, DATA, and "." for the whole email."""

    def __init__(self, **answers: Answer):
        self.answers: dict[str, Answer] = answers
        self.seconds = 0.0  # before the reply to a whole email
        self.accepted: list[EmailMessage] = []
        self.seen: list[tuple[float, str]] = []  # when an email arrived, and its Message-ID, accepted or not
        self._server = Server(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def use(self, settings) -> SmtpServer:
        settings.EMAIL_BACKEND = "accounts.emails.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, command: str, usual: str, recipient: str = "") -> str:
        answer = self.answers.get(command, usual)
        return answer(recipient) if callable(answer) else answer

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                recipient = ""
                if not self.say(owner.reply("greeting", "220 here")):
                    return
                while line := self.rfile.readline().decode().strip():
                    command = line.upper()[:4]
                    recipient = line.partition(":")[2].strip("<>") if command == "RCPT" else recipient
                    usual = {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok")
                    reply = owner.reply(command, usual, recipient)
                    if not self.say(reply) or command == "QUIT":
                        return
                    if reply.startswith("354") and not self.take(recipient):
                        return

            def take(self, recipient: str) -> bool:
                lines = list(iter(self.rfile.readline, b".\r\n"))
                message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                owner.seen.append((time.monotonic(), message["Message-ID"]))
                reply = owner.reply(".", "250 taken", recipient)
                time.sleep(owner.seconds)
                if reply.startswith("250"):
                    owner.accepted.append(message)
                return self.say(reply)

            def say(self, reply: str) -> bool:
                if reply:
                    self.wfile.write(reply.encode() + b"\r\n")
                return bool(reply)

        return Handler


def closed_port() -> int:
    """Return a port at which nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
