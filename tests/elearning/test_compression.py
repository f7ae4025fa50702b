"""Texts are sent compressed, except where a secret could be guessed from their size (BREACH)."""

import gzip

import pytest
from django.contrib.auth import SESSION_KEY
from django.urls import reverse

from elearning.middleware.compression import CompressionMiddleware
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def care():
    return factories.course()


def is_compressed(answer) -> bool:
    return answer.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize("path", ["/en/", "/en/courses/", "/en/care/", "/brand.css", "/en/messages.js", "/sitemap.xml"])
def test_what_a_visitor_reads_is_compressed(client, care, path):
    answer, plain = client.get(path, headers=ZIPPED), client.get(path)
    assert (is_compressed(answer), is_compressed(plain)) == (True, False)
    assert int(answer["Content-Length"]) == len(answer.content) < len(plain.content)
    assert abs(len(gzip.decompress(answer.content)) - len(plain.content)) < 10
    assert all("Accept-Encoding" in page["Vary"] for page in (answer, plain))


def test_what_a_learner_and_staff_read_is_compressed(client, amina, administrator, care):
    client.force_login(amina)
    for path in (care.url, reverse("learning"), "/en/standards/"):
        assert is_compressed(client.get(path, headers=ZIPPED, follow=True)), path
    client.force_login(administrator)
    assert is_compressed(client.get("/admin/", headers=ZIPPED))


@pytest.mark.parametrize(
    "path",
    [
        "/en/courses/?q=chosen",
        "/en/?chosen",
        "/en/chosen/",
        "/en/accounts/details/",
        "/en/accounts/confirm-email/chosen/",
    ],
)
def test_chosen_text_is_not_compressed_together_with_what_a_session_shows(client, amina, care, path):
    visitor = client.get(path, headers=ZIPPED)
    assert is_compressed(visitor) or visitor.status_code == 302
    client.force_login(amina)
    assert SESSION_KEY in client.session
    answer = client.get(path, headers=ZIPPED)
    assert (answer.status_code in (200, 404), is_compressed(answer)) == (True, False)


def test_the_answer_to_a_form_is_not_compressed_in_a_session(client, amina, care):
    client.force_login(amina)
    answer = client.post(reverse("profile"), {"name": "chosen"}, headers=ZIPPED)
    assert (answer.status_code, is_compressed(answer)) == (200, False)


def test_the_size_does_not_tell_the_content(client, care):
    """Up to a hundred random bytes are added to what is the same every time."""
    assert CompressionMiddleware.max_random_bytes >= 100
    assert len({len(client.get("/brand.css", headers=ZIPPED).content) for _ in range(20)}) > 1


def test_what_is_compressed_already_is_sent_as_it_is(client, care):
    rendition = factories.image().get_rendition("width-640|format-webp")
    assert not is_compressed(client.get(rendition.url, headers=ZIPPED))
