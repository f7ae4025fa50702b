"""Write the settings file `.env` of an installation: new secrets, and answers to four questions. `make env` runs it.

Needs Python 3.9 or later and nothing else, since it runs before anything is installed. What the file has is kept, what
is missing is added. Values are quoted so that a shell, systemd and Docker Compose read the same.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import secrets
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit

SECRETS = {
    "SECRET_KEY": "Signs sessions and links.",
    "CERTIFICATE_NAME_KEY": "Checks the names of erased holders of certificates. Never change it.",
    "DATABASE_PASSWORD": "The password of PostgreSQL.",
    "REDIS_PASSWORD": "The password of Redis.",
    "HEALTH_TOKEN": "Opens the details of /health/, and /metrics.",
}
ASKED = {
    "BASE_URL": "The public address. Links in emails and on certificates begin with it.",
    "EMAIL_URL": "The mail server.",
    "DEFAULT_FROM_EMAIL": "The sender of all emails.",
}
SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
LINE = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$")


class WrongAnswer(ValueError):
    """The answer cannot be used; the text says why and what to write."""


def existing(text: str) -> set[str]:
    """Return the names that have a value in a settings file."""
    matches = (LINE.match(line) for line in text.splitlines())
    return {match[1] for match in matches if match and match[2].strip().strip("'\"")}


def setting(name: str, value: str) -> str:
    """Return the line of one setting. Raises WrongAnswer for a value that not every reader would read the same."""
    if SAFE.fullmatch(value):
        return f"{name}={value}"
    if "'" in value or "\\" in value or not value.isprintable():
        raise WrongAnswer("An apostrophe, a backslash or a line break cannot be used here.")
    return f"{name}='{value}'"


def check_address(address: str, insecure: bool = False) -> str:
    """Return the public address without a slash at its end. Raises WrongAnswer."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongAnswer("Write the address without a path, for example https://learn.example.org")
    if parts.scheme == "http" and not insecure:
        raise WrongAnswer(
            "The address must begin with https://. For a test on a closed network, run it with --insecure-http."
        )
    return address.strip().rstrip("/")


def check_sender(sender: str) -> str:
    """Return the sender. Raises WrongAnswer if it has no email address."""
    if not re.search(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+>?$", sender.strip()):
        raise WrongAnswer("Write an address, for example: Care School <no-reply@example.org>")
    return setting("DEFAULT_FROM_EMAIL", sender.strip()) and sender.strip()


def mail_url(server: str, port: str, user: str, password: str) -> str:
    """Return the URL of a mail server. Encryption follows from the port: 465 at once, 25 none, others by STARTTLS."""
    if not re.fullmatch(r"[A-Za-z0-9.-]+", server) or not port.isdigit():
        raise WrongAnswer("Write a host name such as mail.example.org, and a port such as 587.")
    scheme = {"465": "smtp+ssl", "25": "smtp"}.get(port, "smtp+tls")
    sign_in = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"{scheme}://{sign_in}{server}:{port}"


def ask_mail() -> str:
    server = input("Mail server, for example mail.example.org (empty: later): ").strip()
    if not server:
        return ""
    port = input("Its port: 587, 465 or 25 [587]: ").strip() or "587"
    user = input("User name there (empty: none): ").strip()
    return mail_url(server, port, user, getpass.getpass("Password there (not shown): ") if user else "")


def until_right(ask):
    """Ask until the answer can be used."""
    while True:
        try:
            return ask()
        except WrongAnswer as error:
            print(error)


def answers(options: argparse.Namespace, missing: set[str]) -> dict[str, str]:
    """Return the values of what is asked for: from the options, or from the person at the terminal."""
    found: dict[str, str] = {}
    if "BASE_URL" in missing:
        if options.address:
            found["BASE_URL"] = check_address(options.address, options.insecure_http)
        elif not options.no_input:
            question = "Public address, for example https://learn.example.org: "
            found["BASE_URL"] = until_right(lambda: check_address(input(question), options.insecure_http))
    if "EMAIL_URL" in missing:
        found["EMAIL_URL"] = options.mail or ("" if options.no_input else until_right(ask_mail))
    if "DEFAULT_FROM_EMAIL" in missing:
        if options.sender:
            found["DEFAULT_FROM_EMAIL"] = check_sender(options.sender)
        elif not options.no_input and found.get("EMAIL_URL"):
            question = "Sender of emails, for example Care School <no-reply@example.org>: "
            found["DEFAULT_FROM_EMAIL"] = until_right(lambda: check_sender(input(question)))
    return {name: value for name, value in found.items() if value}


def additions(missing: set[str], found: dict[str, str], insecure: bool) -> list[str]:
    """Return the lines to add to the settings file."""
    lines = []
    for name, comment in {**ASKED, **SECRETS}.items():
        if name in missing and (name in found or name in SECRETS):
            lines += [f"# {comment}", setting(name, found.get(name) or secrets.token_urlsafe(48))]
    if insecure and found.get("BASE_URL", "").startswith("http://"):
        lines += ["# For a test on a closed network only: nothing is encrypted.", "INSECURE_HTTP=1"]
    return lines


def write(path: Path, text: str) -> None:
    """Replace the file at once, readable by its owner only."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.chmod(draft, 0o600)
    os.replace(draft, path)


def run(options: argparse.Namespace) -> None:
    path = Path(options.file)
    before = path.read_text() if path.exists() else "# Settings of this installation. Keep a copy in a safe place.\n"
    missing = {*ASKED, *SECRETS} - existing(before)
    lines = additions(missing, answers(options, missing), options.insecure_http)
    if lines:
        write(path, before.rstrip("\n") + "\n" + "\n".join(lines) + "\n")
    elif path.exists():
        path.chmod(0o600)
    added = [line.split("=")[0] for line in lines if not line.startswith("#")]
    print(f"Added to {path}: {', '.join(added)}." if added else f"{path} has everything. Nothing was changed.")
    left = [name for name in ASKED if name in missing and name not in added]
    if left:
        print(f"Still missing: {', '.join(left)}. Run `make env` again, or write them into {path}.")
    print("All settings: docs/operate.md")


def main() -> int:
    parser = argparse.ArgumentParser(description="Write new secrets and the answers to four questions into .env.")
    parser.add_argument("--file", default=".env")
    parser.add_argument("--address", default="", help="for example https://learn.example.org")
    parser.add_argument("--mail", default="", help="for example smtp+tls://user:password@mail.example.org:587")
    parser.add_argument("--sender", default="", help="for example 'Care School <no-reply@example.org>'")
    parser.add_argument("--insecure-http", action="store_true", help="allow http://, for a test on a closed network")
    parser.add_argument("--no-input", action="store_true", help="ask nothing")
    options = parser.parse_args()
    options.no_input = options.no_input or not sys.stdin.isatty()
    try:
        run(options)
    except WrongAnswer as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nStopped. Nothing was written.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
