"""The running product, on both databases: the canary takes a copy, asks for erasure, and nothing of her is left anywhere."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
import redis

from tests.support import product as support_product
from tests.support.product import Product, wait_for

pytestmark = pytest.mark.deep

BOTH = [pytest.param(False, id="sqlite"), pytest.param(True, id="postgresql-redis", marks=pytest.mark.services)]
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
made = canary.person()
canary.leave_traces(made, other, quiz, quiz.get_parent().specific, factories.enrol)
canary.Authenticator.objects.all().delete()  # tests/privacy/test_erasure.py has it; here she signs in by password
answer = {"uuid": str(made.uuid), "pk": made.pk, "left": canary.in_database(str(made.uuid))}
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
        continue  # mail: what the mail server was given; it is the test's mailbox, not the product's
    answer += canary.in_files(part) if part.is_dir() else []
raw = [path for path in Path(settings.VAR).iterdir() if path.is_file()]
answer += [f"{{path.name}}: {{word}}" for path in raw for word in canary.spelled() if word.encode() in path.read_bytes()]
"""


class Visitor:
    """A browser's cookies and forms, without the browser."""

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
            with self.opener.open(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            return error.read()


@pytest.fixture(params=BOTH)
def product(request, tmp_path):
    made = Product(tmp_path / "var", services=request.param, LOG_LEVEL="INFO", ERASURE_GRACE="3600")
    try:
        made.set_up(course=False)
        yield made
    finally:
        made.stop()


def test_the_canary_goes_and_leaves_nothing_in_database_files_broker_or_log(product):
    scene = product.python(SCENE)
    assert len(scene["left"]) > 15
    product.start()
    visitor = Visitor(product.url)
    walk(visitor)
    archive = copy_of_everything(visitor)
    assert b"PK" in archive[:4]
    page = visitor.post("/en/accounts/your-data/erase/", email=MAIL)
    assert "Your data is being erased" in page
    # Her letter is on its way first: what is not sent yet goes with everything else.
    wait_for(lambda: any(letter["To"] == MAIL and "erased" in letter["Subject"] for letter in product.emails()))
    product.python(DUE)
    done = 'from privacy.models import Erasure\nanswer = Erasure.objects.filter(state="done").count()'
    wait_for(lambda: product.python(done) == 1)
    assert "This letter" not in visitor.get("/en/accounts/your-data/")
    look = LOOK.format(uuid=scene["uuid"], pk=scene["pk"])
    assert product.python(look) == []
    assert in_redis(product) == []
    assert len(product.logs()) > 1000
    # The negative control: the same look finds a word that was put back.
    (product.folder / "worker.log").open("a").write(f"{MAIL}\n")
    assert product.python(look) != []


def walk(visitor: Visitor) -> None:
    """What might write a word of hers into a log: a wrong password, a search, a mistyped address, a link of a letter."""
    visitor.get("/en/accounts/login/")
    visitor.post("/en/accounts/login/", login=MAIL, password="zqsecretqz")
    visitor.post("/en/accounts/password/reset/", email=MAIL)
    visitor.get("/en/accounts/password/reset/key/1-zqtokenqz/")
    visitor.get("/en/courses/?q=zqnameqz")
    visitor.get("/en/certificates/zqtokenqz/")
    assert "My learning" in visitor.post("/en/accounts/login/", login=MAIL, password=PASSWORD)
    for path in ("learning/", "certificates/mine/", "accounts/details/", "accounts/your-data/"):
        visitor.get(f"/en/{path}")


def copy_of_everything(visitor: Visitor) -> bytes:
    asked = visitor.post("/en/accounts/your-data/copy/")
    assert "Is it you?" in asked
    visitor.post("/en/accounts/reauthenticate/?next=/en/accounts/your-data/", password=PASSWORD)
    visitor.post("/en/accounts/your-data/copy/")

    def link():
        return re.search(r"/en/accounts/your-data/copy/[0-9a-f-]{36}/", visitor.get("/en/accounts/your-data/"))

    return visitor.fetch(wait_for(link)[0])


def in_redis(product: Product) -> list[str]:
    if not product.services:
        return []
    broker = redis.Redis.from_url(support_product.REDIS)
    found = []
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
            found.append(str(key))
    return found
