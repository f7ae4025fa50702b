"""What an installation with its own database and broker must have set before anybody may reach it.

web, worker and beat call refuse_to_start(); management commands report the same by a system check (elearning/checks.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from itertools import combinations
from urllib.parse import unquote, urlsplit

from django.http.request import validate_host

from elearning import proxies
from elearning.environment import EXIT_CODE, OFF, PRODUCTION, Problem, env, host_of
from elearning.weak_secrets import KEY_LENGTH, PASSWORD_LENGTH, weakness

NEW_SECRET = "the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105


def problems(environ: Mapping[str, str]) -> list[Problem]:
    """Return everything for which production must not start with these variables. The texts show no secret."""
    values = {name: value for name, value in environ.items() if value}
    found = [
        *_secrets(values),
        *_unreplaced(values),
        *_address(values),
        *_switches(values),
        *_proxies(values),
        *_database(values),
    ]
    reported = {problem.variable for problem in found}
    return found + [problem for name, problem in env.wrong.items() if name not in reported]


def warnings(environ: Mapping[str, str]) -> list[Problem]:
    """Return what production may start with, but what should not stay."""
    values = {name: value for name, value in environ.items() if value}
    found = []
    if _is_insecure(values):
        what = "is set: passwords and answers travel unencrypted. Use it for a test on a closed network only"
        found.append(Problem("INSECURE_HTTP", what, "remove it, and set BASE_URL=https://learn.example.org"))
    if not values.get("EMAIL_URL"):
        what = "is missing: emails are written to files, and nobody can sign up"
        found.append(Problem("EMAIL_URL", what, "EMAIL_URL=smtp+tls://user:password@mail.example.org:587"))
    elif not values.get("DEFAULT_FROM_EMAIL"):
        what = "is missing: mail servers refuse the sender no-reply@example.org"
        found.append(Problem("DEFAULT_FROM_EMAIL", what, "DEFAULT_FROM_EMAIL='Care School <no-reply@example.org>'"))
    return found


def half_set(environ: Mapping[str, str]) -> list[Problem]:
    """Return what makes a trial of an installation that was probably meant to be production."""
    database = environ.get("DATABASE_HOST") or environ.get("DATABASE_URL")
    if bool(database) == bool(environ.get("REDIS_URL")):
        return []
    variable, example = ("REDIS_URL", "redis://127.0.0.1:6379/0") if database else ("DATABASE_HOST", "127.0.0.1")
    what = "is missing: this is taken for a trial, and nothing checks that it is safe to expose"
    return [Problem(variable, what, f"{variable}={example}")]


def refuse_to_start() -> None:
    """End this process if it is production and has problems. Write all of them, and the warnings, to stderr."""
    found = problems(os.environ) if PRODUCTION else []
    for warning in warnings(os.environ) if PRODUCTION else half_set(os.environ):
        sys.stderr.write(f"WARNING: {warning}\n")
    if found:
        _stop(report(found))


def refuse_wrong_values() -> None:
    """End this process, whatever it is, if a variable has a wrong value. The settings call it when they have read all."""
    if env.wrong and PRODUCTION:
        _stop(report(problems(os.environ)))
    if env.wrong:
        _stop(report(list(env.wrong.values()), "settings have a wrong value"))


def _stop(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
    raise SystemExit(EXIT_CODE)


def report(found: list[Problem], reason: str = "its settings are not safe") -> str:
    lines = [f"This installation does not start, because {reason}:"]
    lines += [f"  {number}. {problem}" for number, problem in enumerate(found, 1)]
    return "\n".join([*lines, "`make env` writes what is missing into .env. All settings: docs/operate.md", ""])


def _secrets(values: Mapping[str, str]) -> Iterator[Problem]:
    for name in ("SECRET_KEY", "CERTIFICATE_NAME_KEY"):
        if name not in values:
            yield Problem(name, "is missing", NEW_SECRET)
        elif what := weakness(values[name], KEY_LENGTH):
            yield Problem(name, what, NEW_SECRET)
    if what := weakness(values["HEALTH_TOKEN"], PASSWORD_LENGTH) if "HEALTH_TOKEN" in values else "":
        yield Problem("HEALTH_TOKEN", what, f"{NEW_SECRET}; or leave it out, and nobody sees the details")
    for name, password in _passwords(values).items():
        if what := weakness(password, PASSWORD_LENGTH):
            yield Problem(name, f"has a weak password: it {what}" if name.endswith("_URL") else what, NEW_SECRET)
    secrets = {name: values[name] for name in ("SECRET_KEY", "CERTIFICATE_NAME_KEY", "HEALTH_TOKEN") if name in values}
    for (first, one), (second, other) in combinations((secrets | _passwords(values)).items(), 2):
        if one == other:
            yield Problem(second, f"is the same secret as {first}: each purpose needs its own", NEW_SECRET)


def _passwords(values: Mapping[str, str]) -> dict[str, str]:
    """The passwords of database and broker that are set, by the variable that holds them."""
    found = {name: values[name] for name in ("DATABASE_PASSWORD", "REDIS_PASSWORD") if name in values}
    for name, instead in (("DATABASE_URL", "DATABASE_PASSWORD"), ("REDIS_URL", "REDIS_PASSWORD")):
        password = _password_in(values.get(name, ""))
        if password and instead not in found:
            found[name] = password
    return found


def _password_in(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""


def _unreplaced(values: Mapping[str, str]) -> Iterator[Problem]:
    """Values that are the name of a variable. The secrets are reported as weak."""
    reported = {"SECRET_KEY", "CERTIFICATE_NAME_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD", "HEALTH_TOKEN"}
    for name in sorted(env.names - reported):
        if values.get(name, "").startswith("$"):
            yield Problem(
                name, "begins with $: the variable that should stand here was not replaced", "the value itself"
            )
    if _password_in(values.get("EMAIL_URL", "")).startswith("$") and ":%24" not in values["EMAIL_URL"]:
        what = "has a password that begins with $: it is probably a variable that was not replaced"
        yield Problem("EMAIL_URL", what, "the password itself; a $ that belongs to it is written %24")


def _is_insecure(values: Mapping[str, str]) -> bool:
    insecure = values.get("INSECURE_HTTP", "0").lower() not in OFF
    return insecure and values.get("BASE_URL", "").lower().startswith("http://")


def _address(values: Mapping[str, str]) -> Iterator[Problem]:
    example = "BASE_URL=https://learn.example.org"
    base = values.get("BASE_URL", "")
    host = host_of(base)
    parts = urlsplit(base if host else "")
    if not base:
        yield Problem("BASE_URL", "is missing: links in emails and on certificates would lead nowhere", example)
    elif base.startswith("$"):
        return
    elif parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        yield Problem("BASE_URL", "is not the address of a site, without a path", example)
    elif parts.scheme == "http" and not _is_insecure(values):
        what = "does not begin with https://, so passwords would travel unencrypted"
        yield Problem("BASE_URL", what, f"{example} (for a test on a closed network: INSECURE_HTTP=1)")
    hosts = [name.strip() for name in values.get("ALLOWED_HOSTS", host).split(",") if name.strip()]
    if "*" in hosts:
        yield Problem("ALLOWED_HOSTS", "lets in every host name", "ALLOWED_HOSTS=learn.example.org, or leave it out")
    elif host and not validate_host(host, hosts):
        what = "does not have the host of BASE_URL, so every page would be refused"
        yield Problem("ALLOWED_HOSTS", what, f"ALLOWED_HOSTS={host}, or leave it out")


def _switches(values: Mapping[str, str]) -> Iterator[Problem]:
    if values.get("DEBUG", "0").lower() not in OFF:
        yield Problem("DEBUG", "is on: error pages would show settings to everybody", "DEBUG=0, or leave it out")
    https = values.get("BASE_URL", "").lower().startswith("https://")
    if https and values.get("HTTPS", "1").lower() in OFF:
        yield Problem("HTTPS", "is off, though BASE_URL begins with https://: cookies could be stolen", "leave it out")


def _proxies(values: Mapping[str, str]) -> Iterator[Problem]:
    example = "TRUSTED_PROXIES=127.0.0.1 (the address from which the proxy reaches us), or none"
    text = values.get("TRUSTED_PROXIES", "")
    try:
        trusted = proxies.networks(text.split(","))
    except ValueError:
        if not text.startswith("$"):
            yield Problem("TRUSTED_PROXIES", "is not a list of addresses or networks", example)
        return
    if any(network.prefixlen == 0 for network in trusted):
        yield Problem("TRUSTED_PROXIES", "trusts everybody, so every client could forge its address", example)
    if not text and values.get("BASE_URL", "").lower().startswith("https://"):
        what = "is missing: behind a proxy, HTTPS would not be noticed and all people would share one limit of tries"
        yield Problem("TRUSTED_PROXIES", what, example)


def _database(values: Mapping[str, str]) -> Iterator[Problem]:
    url = values.get("DATABASE_URL", "")
    if not url and not values.get("DATABASE_HOST"):
        what = "is missing: everything would be kept in one file, as in a trial"
        yield Problem("DATABASE_HOST", what, "DATABASE_HOST=127.0.0.1")
    if not values.get("REDIS_URL"):
        what = "is missing: only a trial does without Redis"
        yield Problem("REDIS_URL", what, "REDIS_URL=redis://127.0.0.1:6379/0")
    example = "DATABASE_URL=postgresql://plumbline@127.0.0.1:5432/plumbline, and the password in DATABASE_PASSWORD"
    if url and values.get("DATABASE_HOST"):
        what = "is set beside DATABASE_HOST, and only one of them can count"
        yield Problem("DATABASE_URL", what, "leave one of them out")
    try:
        _ = urlsplit(url).port
    except ValueError:
        yield Problem("DATABASE_URL", "cannot be read: a password with / # @ % or : cuts an address off", example)
        return
    if "#" in url or any(character.isspace() for character in url):
        yield Problem("DATABASE_URL", "has a # or a space, which cuts an address off", example)
