"""Every question type in Arabic: the interface is in Arabic, the course's own text is marked as English."""

import pytest

from accounts.site_settings import current_operator
from quizzes import attempts
from quizzes.question_types import QUESTION_TYPES
from tests.elearning.test_languages import arabic, english_words  # noqa: F401
from tests.quizzes.factories import course_with_test, enrol, mark_texts


@pytest.fixture
def read(arabic, mona):  # noqa: F811
    """The English words that Mona reads on a page, names aside."""
    operator = current_operator()
    names = [mona.name, mona.get_short_name(), operator.name, operator.site_name]
    return lambda reply: english_words(reply.content.decode(), names, ["Final test", "Care"])


@pytest.mark.django_db
def test_every_question_type_is_in_arabic_when_asked_refused_continued_and_explained(
    read, as_person, mona, kofi, grace
):
    page = course_with_test(list(QUESTION_TYPES))
    attempt, client = attempts.start(enrol(mona, page), page), as_person(mona)
    english = {}
    for item in attempt.items.select_related("version"):
        question_type, body = item.version.question_type, item.version.content["body"]
        key, url = (
            dict(question_type.fields(question_type.key(body)).lists()),
            f"/ar/quiz/{attempt.uuid}/{item.position}/",
        )
        shown, refused = client.get(url), client.post(url, {name: ["no", "such"] for name in key})
        assert refused.status_code == 422
        client.post(url, {**key, "go": "1"})
        english[question_type.name] = [*read(shown), *read(refused), *read(client.get(url))]
    client.post(f"/ar/quiz/{attempt.uuid}/hand-in/")
    english["waiting"] = read(client.get(f"/ar/quiz/{attempt.uuid}/result/")) + read(client.get(page.get_url()))
    mark_texts(attempt, kofi, grace)
    english["result"] = read(client.get(f"/ar/quiz/{attempt.uuid}/result/"))
    assert {kind: words for kind, words in english.items() if words} == {}
