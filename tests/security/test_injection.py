"""No text of a visitor changes a redirect, a host, a header, an email or a log line."""

import json
import logging
import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.emails import outgoing
from accounts.emails.delivery import deliver_email
from accounts.models import Email, User
from certificates import delivery, issuing
from elearning import logging as elearning_logging
from tests.certificates.conftest import facts
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD
from tests.support.tiers import sampled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ELSEWHERE = [
    "https://evil.example/", "http://evil.example", "//evil.example/", "///evil.example/", "////evil.example", "/\\evil.example/",
    "\\\\evil.example/", "/\\/evil.example", "\\/\\/evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example",
    "http:\\\\evil.example", "hTTps://evil.example", " https://evil.example", "\thttps://evil.example", "\nhttps://evil.example",
    "/\t/evil.example", "/\n/evil.example", "/%09/evil.example", "//evil.example\\@127.0.0.1", "https://127.0.0.1@evil.example/",
    "https://testserver@evil.example/", "https://testserver.evil.example/", "https://evil.example/testserver", "https://evil.example#testserver",
    "https://evil.example?testserver", "//testserver@evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)", "file:///etc/passwd", "ftp://evil.example/", "mailto:x@evil.example",
    "https://[::1]@evil.example/", "https://evil。example/", "//evil%E3%80%82example", "https://evil.example:80/", "https:/\\evil.example",
    "//%65vil.example/", "/;@evil.example", "https://testserver%2eevil.example/", "http://testserver:80@evil.example/", "x://evil.example/",
    "https://evil.example/%2f..", "//evil.example/%2f%2e%2e", "http://0x7f.1/", "//2130706433/",
]  # fmt: skip
HOSTS = [
    "evil.example", "evil.example:80", "testserver.evil.example", "testserver@evil.example", "testserver:80@evil.example", "evil.example#testserver",
    "testserver, evil.example", "testserver evil.example", "", "..", "[::1]evil", "127.0.0.1.evil.example",
]  # fmt: skip
BREAKS = [
    "Amina\r\nBcc: evil@evil.example", "Amina\nBcc: evil@evil.example", "Amina\rBcc: evil@evil.example", "Amina\r\n\r\n<h1>evil</h1>",
    "Amina\x0b\x0cBcc: evil@evil.example", "Amina\u2028Bcc: evil@evil.example", "Amina\x85Bcc: evil@evil.example", "Amina%0d%0aBcc: evil@evil.example",
    "=?utf-8?q?Amina=0ABcc:_evil@evil.example?=", "Amina\r\n Bcc: evil@evil.example", "Amina\r\n\tBcc: evil@evil.example", "Amina\0\r\nSet-Cookie: a=b",
]  # fmt: skip


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def leads_away(answer) -> bool:
    """Return the URL as a browser reads it: without inner white space, and with slashes for backslashes."""
    if answer.status_code not in (301, 302, 303, 307, 308):
        return False
    to = re.sub(r"[\t\n\r]", "", answer["Location"].strip()).replace("\\", "/")
    return to.startswith("//") or (
        bool(re.match(r"[a-z][a-z0-9+.-]*:", to, re.I)) and not to.startswith("http://testserver/")
    )


@pytest.mark.parametrize("to", sampled(ELSEWHERE))
def test_no_page_redirects_to_another_site(client, amina, to):
    login, logout, signup = reverse("account_login"), reverse("account_logout"), reverse("account_signup")
    answers = [
        client.get("/admin/login/", {"next": to}),
        client.post(login, {"login": amina.email, "password": PASSWORD, "next": to}),
        client.get(login, {"next": to}),
        client.get(signup, {"next": to}),
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": to}),
        client.post(logout, {"next": to}),
        client.get(login + "?next=" + to.replace("#", "%23").replace("\n", "%0a").replace("\t", "%09")),
    ]
    # The admin's login passes the parameter on to ours, which validates it.
    assert [leads_away(answer) for answer in answers] == [False] * 7


# Admin pages that redirect to `next`, at every request.
ADMIN_URLS = {
    "lock": "/admin/pages/{page}/lock/",
    "unlock": "/admin/pages/{page}/unlock/",
    "bulk": "/admin/bulk/wagtailcore/page/publish/?id={page}",
    "sign out": "/admin/logout/",
}


def sent_on(client, user, path: str, to: str):
    client.force_login(user)
    return client.post(path, {"next": to})


@pytest.mark.parametrize("url_name", sampled(ADMIN_URLS))
def test_no_admin_page_redirects_to_another_site(client, administrator, url_name):
    path = ADMIN_URLS[url_name].format(page=factories.course(lessons=1).pk)
    client.raise_request_exception = False
    good = "/admin/pages/?good=1"
    answers = {to: sent_on(client, administrator, path, to) for to in [good, *ELSEWHERE]}
    # Somebody without permission is redirected to the start page before `next` is read, so a valid `next` must work too.
    assert answers.pop(good)["Location"] == sent_on(client, administrator, path, good)["Location"] == good
    assert {to: answer["Location"] for to, answer in answers.items() if leads_away(answer)} == {}
    assert {answer.status_code for answer in answers.values()} == {302}


@pytest.mark.parametrize("to", ["/en/learning/", "/en/standards/?q=a"])
def test_control_a_path_of_this_site_is_accepted(client, amina, to):
    answer = client.post(reverse("account_login"), {"login": amina.email, "password": PASSWORD, "next": to})
    assert answer["Location"] == to


def test_control_a_redirect_to_another_site_is_noticed():
    class Answer(dict):
        status_code = 302

    assert all(
        leads_away(Answer(Location=to))
        for to in ("https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example")
    )


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_HOST", "HTTP_FORWARDED", "HTTP_X_ORIGINAL_URL"]
)
@pytest.mark.deep
def test_no_forged_host_reaches_an_email_or_a_page(client, amina, header, host):
    value = f"host={host}" if header == "HTTP_FORWARDED" else host
    answer = client.post(reverse("account_reset_password"), {"email": amina.email}, **{header: value})
    assert answer.status_code in (302, 400)
    assert not leads_away(answer)
    for email in Email.objects.all():
        assert "evil" not in email.text + email.html
        assert settings.BASE_URL in email.text
    page = client.get("/en/accounts/login/", **{header: value})
    assert "evil" not in page.content.decode()


@pytest.mark.parametrize("name", sampled(BREAKS))
def test_no_name_injects_headers_into_an_email(amina, name, mailoutbox):
    name = name.replace("\0", "")  # which PostgreSQL keeps out of every text, as our forms do
    amina.name = name
    amina.save()
    certificate = issuing.issue(amina, facts(course=name), uuid4())
    email = outgoing.send("certificate_ready", amina.email, {"certificate": certificate}, key="k", user=amina)
    assert deliver_email(email.pk)
    (message,) = mailoutbox
    head = message.message().as_bytes().split(b"\n\n", 1)[0].decode()
    names = {line.partition(":")[0].lower() for line in head.splitlines() if line[:1] not in " \t"}
    assert names <= {
        "auto-submitted",
        "content-type",
        "mime-version",
        "subject",
        "from",
        "to",
        "date",
        "message-id",
        "content-transfer-encoding",
    }
    assert message.recipients() == [amina.email]


@pytest.mark.parametrize("name", sampled(BREAKS))
def test_no_name_injects_a_response_header(client, amina, name):
    amina.name = name.replace("\0", "")
    amina.save()
    certificate = issuing.issue(amina, facts(), uuid4())
    assert delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    client.force_login(amina)
    answer = client.get(reverse("certificates:pdf", args=[certificate.shown_code]))
    assert answer.status_code == 200
    assert not re.search(r"[\r\n\x0b\x0c\x85\u2028]", answer["Content-Disposition"])
    assert "Set-Cookie" not in answer.headers and "Bcc" not in answer.headers


@pytest.mark.parametrize("name", sampled(BREAKS))
def test_a_name_at_sign_up_becomes_one_line_or_is_refused(client, name):
    form = {
        "email": "leila@example.org",
        "password1": PASSWORD,
        "name": name,
        "country": "KE",
        "language": "en",
        "time_zone": "UTC",
    }
    assert client.post(reverse("account_signup"), form).status_code in (200, 302)
    user = User.objects.filter(email=form["email"]).first()
    assert user is None or len(user.name.splitlines()) == 1
    for email in Email.objects.all():
        assert deliver_email(email.pk)


@pytest.mark.parametrize("word", sampled([*BREAKS, '"}\n{"level": "info", "event": "forged"}', "\x1b[2K\rforged"]))
def test_no_text_starts_a_new_line_in_the_log(word):
    made = elearning_logging.logging_config("INFO")["formatters"]["json"]
    formatter = made.pop("()")(**made)
    for text, arguments in ((word, ()), ("Not Found: %s", (word,))):
        record = logging.LogRecord("django.request", logging.WARNING, "x.py", 1, text, arguments, None)
        line = formatter.format(record)
        assert len(line.splitlines()) == 1 and "\x1b" not in line
        assert json.loads(line)["level"] == "warning"


def test_control_a_plain_formatter_writes_the_forged_line():
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, BREAKS[0], (), None)
    assert len(logging.Formatter("%(message)s").format(record).splitlines()) == 2


def test_a_key_from_an_email_is_not_sent_as_referrer(client, amina):
    phone.sign_in(client, amina)
    assert client.get("/en/learning/")["Referrer-Policy"] == "same-origin"
