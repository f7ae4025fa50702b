"""An uploaded document is for its authors, until a published page uses it; then for whoever may read that page."""

import pytest
from django.core.files.base import ContentFile
from wagtail.documents.models import Document

from courses.enrolment import join
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course(lessons=2)


@pytest.fixture
def document(care, kofi) -> Document:
    return Document.objects.create(title="Form", file=ContentFile(b"a,b\n", name="form.csv"), uploaded_by_user=kofi)


@pytest.fixture
def lesson(care):
    """A lesson that is not open to everybody, as the first one is."""
    return factories.lessons_of(care)[1]


def draft(page, *documents):
    """Save a draft of the page that uses these documents."""
    page.body = [("text", factories.document_text(document)) for document in documents]
    return page.save_revision()


def status_for(client, document, user=None) -> int:
    client.logout()
    if user:
        client.force_login(user)
    response = client.get(document.url)
    assert (b"a,b" in response.getvalue()) is (response.status_code == 200)
    return response.status_code


def test_before_a_published_page_uses_it_only_authors_get_it(client, care, lesson, document, amina, rosa, kofi):
    join(amina, care.translation_key)
    draft(lesson, document)
    assert [status_for(client, document, user) for user in (None, amina, rosa, kofi)] == [404, 404, 404, 200]


def test_a_published_document_follows_its_page(client, care, lesson, document, amina, baraka):
    join(amina, care.translation_key)
    draft(lesson, document).publish()
    assert [status_for(client, document, user) for user in (None, amina, baraka)] == [403, 200, 403]
    client.force_login(amina)
    assert document.url in client.get(lesson.url).content.decode()


def test_a_draft_without_it_takes_nothing_away(client, care, lesson, document, amina):
    join(amina, care.translation_key)
    draft(lesson, document).publish()
    later = draft(lesson)
    assert status_for(client, document, amina) == 200
    later.publish()
    assert status_for(client, document, amina) == 404


def test_one_readable_page_is_enough_and_an_unpublished_one_is_none(client, care, lesson, document, amina):
    other = factories.course("Prevention", lessons=2)
    other_lesson = factories.lessons_of(other)[1]
    for page in (lesson, other_lesson):
        draft(page, document).publish()
    join(amina, other.translation_key)
    assert status_for(client, document, amina) == 200
    other_lesson.unpublish()
    assert status_for(client, document, amina) == 403
    lesson.unpublish()
    assert status_for(client, document, amina) == 404


def test_a_refusal_says_what_to_do_and_looks_like_a_page(client, lesson, document, amina):
    draft(lesson, document).publish()
    client.force_login(amina)
    page = client.get(document.url)
    assert f'name="next" value="{document.url}"' in page.content.decode()
    assert "sandbox" not in page["Content-Security-Policy"]


def test_no_cache_between_keeps_it(client, care, lesson, document, kofi):
    client.force_login(kofi)
    assert client.get(document.url)["Cache-Control"] == "private, no-store"
    client.logout()
    assert client.get(document.url)["Cache-Control"] == "private, no-cache"
