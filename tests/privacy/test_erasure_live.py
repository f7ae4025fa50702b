"""The running product, on both databases: the canary gets a data copy and is erased, and no trace of her is left."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
import redis

from tests.faults.conftest import ON_BOTH
from tests.support import product as support_product
from tests.support.product import Product, wait_for

pytestmark = pytest.mark.deep

MAIL, PASSWORD = "zqmailqz@example.org", "a canary's pass phrase"
SCENE = """
from accounts.models import User
from allauth.account.models import EmailAddress
from tests.support import canary
from tests.quizzes import factories
other = User.objects.create_user("oluchi@example.org", "x", name="Oluchi Other", country="KE")
User.objects.create_superuser("admin@example.org", "x", name="Ada Admin", country="KE")
quiz = factories.course_with_test()
factories.enrol(other, quiz)
person = canary.person()
canary.leave_traces(person, other, quiz, quiz.get_parent().specific, factories.enrol)
canary.Authenticator.objects.all().delete()  # here she signs in with the password alone
answer = {"uuid": str(person.uuid), "pk": person.pk, "left": canary.in_database(str(person.uuid))}
"""
DUE = """
from django.utils import timezone
from privacy.models import Erasure
answer = Erasure.objects.update(due_at=timezone.now())
"""
LOOK = """
from pathlib import Path
from tests.support import canary
from django.conf import settings
answer = canary.in_database({uuid!r}) + canary.pointers({pk})
for part in sorted(Path(settings.VAR).iterdir()):
    if part.name == "mail" or part.name == "static":
        continue  # mail: the emails that were sent; it stands for the mail server and is no part of the product
    answer += canary.in_files(part) if part.is_dir() else []
raw = [path for path in Path(settings.VAR).iterdir() if path.is_file()]
answer += [f"{{path.name}}: {{word}}" for path in raw for word in canary.spelled() if word.encode() in path.read_bytes()]
"""


class Visitor:
    """A visitor with cookies and forms, without a browser."""

    def __init__(self, base: str):
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        return self._open(self.base + path).decode(errors="replace")

    def post(self, path: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
        return self._open(urllib.request.Request(self.base + path, body, {"Referer": self.base})).decode(
            errors="replace"
        )

    def fetch(self, path: str) -> bytes:
        return self._open(self.base + path)

    def _open(self, request) -> bytes:
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            return error.read()


@pytest.fixture(params=ON_BOTH)
def product(request, tmp_path):
    product = Product(tmp_path / "var", services=request.param, LOG_LEVEL="INFO", ERASURE_GRACE="3600")
    try:
        product.set_up(course=False)
        yield product
    finally:
        product.stop()


def test_an_erased_person_leaves_no_trace_in_database_files_broker_or_logs(product):
    scene = product.python(SCENE)
    assert len(scene["left"]) > 15
    product.start()
    visitor = Visitor(product.url)
    open_pages(visitor)
    archive = download_data_copy(visitor)
    assert b"PK" in archive[:4]
    page = visitor.post("/en/accounts/your-data/erase/", email=MAIL)
    assert "Your data is being erased" in page
    # Wait for her email: an email that is not sent yet is deleted with everything else.
    wait_for(lambda: any(email["To"] == MAIL and "erased" in email["Subject"] for email in product.emails()))
    product.python(DUE)
    done = 'from privacy.models import Erasure\nanswer = Erasure.objects.filter(state="done").count()'
    wait_for(lambda: product.python(done) == 1)
    assert "A copy of everything" not in visitor.get("/en/accounts/your-data/")
    look = LOOK.format(uuid=scene["uuid"], pk=scene["pk"])
    assert product.python(look) == []
    assert in_redis(product) == []
    assert len(product.logs()) > 1000
    # The negative control: the same search finds a word that is written again.
    (product.folder / "worker.log").open("a").write(f"{MAIL}\n")
    assert product.python(look) != []


def open_pages(visitor: Visitor) -> None:
    """Do what could write her data into a log: a wrong password, a search, a mistyped address, a link of an email."""
    visitor.get("/en/accounts/login/")
    visitor.post("/en/accounts/login/", login=MAIL, password="zqsecretqz")
    visitor.post("/en/accounts/password/reset/", email=MAIL)
    visitor.get("/en/accounts/password/reset/key/1-zqtokenqz/")
    visitor.get("/en/courses/?q=zqnameqz")
    visitor.get("/en/certificates/zqtokenqz/")
    assert "My learning" in visitor.post("/en/accounts/login/", login=MAIL, password=PASSWORD)
    for path in ("learning/", "certificates/mine/", "accounts/details/", "accounts/your-data/"):
        visitor.get(f"/en/{path}")


def download_data_copy(visitor: Visitor) -> bytes:
    page = visitor.post("/en/accounts/your-data/copy/")
    assert "Confirm that it is you" in page
    visitor.post("/en/accounts/reauthenticate/?next=/en/accounts/your-data/", password=PASSWORD)
    visitor.post("/en/accounts/your-data/copy/")

    def link():
        return re.search(r"/en/accounts/your-data/copy/[0-9a-f-]{36}/", visitor.get("/en/accounts/your-data/"))

    return visitor.fetch(wait_for(link)[0])


def in_redis(product: Product) -> list[str]:
    if not product.services:
        return []
    broker = redis.Redis.from_url(support_product.REDIS)
    keys = []
    for key in broker.scan_iter(f"{product.database}*"):
        kind = broker.type(key)
        value = {
            b"list": lambda key=key: broker.lrange(key, 0, -1),
            b"hash": lambda key=key: broker.hgetall(key),
            b"zset": lambda key=key: broker.zrange(key, 0, -1),
            b"set": lambda key=key: broker.smembers(key),
            b"string": lambda key=key: broker.get(key),
        }[kind]()
        if b"zq" in str(value).encode() and b"qz" in str(value).encode():
            keys.append(str(key))
    return keys
