"""What a learner does in a course: join, read, finish, leave."""

import uuid

import pytest
from django.urls import reverse

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, releases, studies
from courses.models.records import Completion, CourseRelease, Enrolment, Note
from tests.support import factories
from tests.support.tokens import without_tokens

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


def test_a_learner_joins_reads_every_lesson_and_gets_a_certificate(client, amina, care):
    client.force_login(amina)
    first, second = factories.lessons_of(care)[:2]

    closed = client.get(second.url)
    assert (closed.status_code, b"Join and open" in closed.content) == (403, True)

    joined = client.post(reverse("join", args=[care.translation_key]), {"next": first.url})
    assert joined.headers["Location"] == first.url
    enrolment = Enrolment.objects.get(learner=amina)

    visited = []
    page = client.get(first.url)
    for step in factories.lessons_of(care):
        assert page.status_code == 200
        done = client.post(reverse("step_done", args=[enrolment.uuid, step.translation_key]))
        visited.append(done.headers["Location"])
        page = client.get(done.headers["Location"])
    assert visited == ["/en/care/module-one/lesson-2/", "/en/care/module-one/lesson-3/", "/en/care/"]

    enrolment.refresh_from_db()
    certificate = Certificate.objects.get()
    assert enrolment.completed_at is not None
    assert (certificate.learner, certificate.achievement, certificate.course) == (amina, enrolment.uuid, "Care")


def test_the_course_page_says_why_the_course_is_not_complete(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    progress.complete_step(enrolment, factories.lessons_of(care)[0].translation_key)
    client.force_login(amina)
    html = client.get(care.url).content.decode()
    assert "1 of 3 steps done." in html
    assert "2 steps of release 1.0 are open:" in html


def test_my_learning_shows_one_next_step(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    progress.complete_step(enrolment, factories.lessons_of(care)[0].translation_key)
    client.force_login(amina)
    html = client.get(reverse("learning")).content.decode()
    assert html.count("next-step") == 1
    assert "Lesson 2" in html


def test_my_learning_without_courses_says_so(client, amina):
    factories.home()
    client.force_login(amina)
    assert "You have not joined a course yet" in client.get(reverse("learning")).content.decode()


def test_a_study_is_that_of_the_newest_period_with_its_own_records(amina, care):
    step = factories.lessons_of(care)[0].translation_key
    earlier = enrolments.join(amina, care.translation_key)
    progress.complete_step(earlier, step)
    progress.save_note(earlier, step, "Ask the pharmacist.")
    newest = Enrolment.objects.create(learner=amina, course_key=care.translation_key, period=2, release=earlier.release)
    study = studies.study(amina, care.translation_key, str(step))
    assert (study.enrolment, study.done, study.note, study.position) == (newest, [], "", "")
    block = str(uuid.uuid4())
    progress.save_position(newest, step, block)
    assert studies.study(amina, care.translation_key, str(step)).position == block
    assert [(each.enrolment, len(each.done)) for each in studies.studies(amina)] == [(newest, 0), (earlier, 1)]


def test_joining_twice_makes_one_enrolment_and_leaving_keeps_completions(amina, care):
    first = enrolments.join(amina, care.translation_key)
    step = factories.lessons_of(care)[0].translation_key
    progress.complete_step(first, step)
    enrolments.leave(first)
    assert enrolments.latest(amina, care.translation_key) is None
    rejoined = enrolments.join(amina, care.translation_key)
    assert (rejoined.pk, progress.done_keys(rejoined)) == (first.pk, {str(step)})


def test_a_course_without_a_release_cannot_be_joined(client, amina):
    draft = factories.course("Draft", released=False)
    client.force_login(amina)
    assert "is being written" in client.get(draft.url).content.decode()
    client.post(reverse("join", args=[draft.translation_key]))
    assert Enrolment.objects.count() == 0


def test_a_note_is_private_and_is_removed_when_it_is_empty(client, amina, baraka, care):
    enrolment = enrolments.join(amina, care.translation_key)
    lesson = factories.lessons_of(care)[0]
    client.force_login(amina)
    url = reverse("step_note", args=[enrolment.uuid, lesson.translation_key])
    client.post(url, {"note": "Ask the pharmacist."})
    assert "Ask the pharmacist." in client.get(lesson.url).content.decode()
    enrolments.join(baraka, care.translation_key)
    client.force_login(baraka)
    assert "Ask the pharmacist." not in client.get(lesson.url).content.decode()
    assert client.post(url, {"note": "x"}).status_code == 404
    client.force_login(amina)
    client.post(url, {"note": " "})
    assert Note.objects.count() == 0


def test_a_note_that_is_too_long_is_shown_again_in_full(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    url = reverse("step_note", args=[enrolment.uuid, factories.lessons_of(care)[0].translation_key])
    response = client.post(url, {"note": "y" * 5001})
    assert (response.status_code, "y" * 5001 in response.content.decode()) == (400, True)


def test_a_note_of_the_maximum_length_is_saved_with_its_line_breaks(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    url = reverse("step_note", args=[enrolment.uuid, factories.lessons_of(care)[0].translation_key])
    assert client.post(url, {"note": "y\r\n" * 2500}).status_code == 302
    assert Note.objects.get().text == "y\n" * 2500


def test_nul_characters_are_removed_from_notes_and_searches(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    url = reverse("step_note", args=[enrolment.uuid, factories.lessons_of(care)[0].translation_key])
    client.post(url, {"note": "Ask\0 her."})
    assert Note.objects.get().text == "Ask her."
    pages = [client.get(reverse("catalogue"), query) for query in ({"q": "Ca\0re"}, {"in": "\0"}, {"in": "xx"})]
    assert [(page.status_code, b"1 course" in page.content) for page in pages] == [(200, True)] * 3


def test_another_persons_enrolment_is_not_found(client, amina, baraka, care):
    enrolment = enrolments.join(amina, care.translation_key)
    step = factories.lessons_of(care)[0].translation_key
    client.force_login(baraka)
    status_codes = [
        client.post(reverse(name, args=[enrolment.uuid, step])).status_code
        for name in ("step_done", "step_note", "step_position")
    ]
    assert status_codes == [404, 404, 404]
    assert client.get(reverse("leave", args=[enrolment.uuid])).status_code == 404
    assert Completion.objects.count() == 0


def test_a_step_outside_the_release_cannot_be_completed(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    unreleased = factories.lesson(factories.module(care, "Module two"), "Brand new")
    client.force_login(amina)
    assert client.get(unreleased.url).status_code == 403
    assert client.post(reverse("step_done", args=[enrolment.uuid, unreleased.translation_key])).status_code == 404


def test_staff_can_read_a_lesson_that_is_not_released_yet(client, kofi, care):
    unreleased = factories.lesson(factories.module(care, "Module two"), "Brand new")
    client.force_login(kofi)
    response = client.get(unreleased.url)
    assert (response.status_code, "not in the release" in response.content.decode()) == (200, True)


def test_a_required_release_brings_a_new_step_and_takes_nothing_away(amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    progress.complete_step(enrolment, factories.lessons_of(care)[0].translation_key)
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    release = releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
    study = studies.study(amina, care.translation_key)
    assert (release.number, len(study.steps), len(study.done), len(study.left)) == ("1.1", 4, 1, 3)


def test_an_editorial_release_does_not_move_enrolled_learners(amina, baraka, care):
    enrolments.join(amina, care.translation_key)
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    enrolments.join(baraka, care.translation_key)
    assert len(studies.study(amina, care.translation_key).steps) == 3
    assert len(studies.study(baraka, care.translation_key).steps) == 4


def test_releasing_again_without_a_change_writes_nothing(care):
    lesson = factories.lessons_of(care)[0]
    lesson.title = "Other words"
    lesson.save_revision().publish()
    assert releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True) is None
    assert CourseRelease.objects.count() == 1


def test_a_step_that_is_no_longer_published_is_waived_and_the_page_says_so(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    *others, last = factories.lessons_of(care)
    last.unpublish()
    for step in others:
        progress.complete_step(enrolment, step.translation_key)
    enrolment.refresh_from_db()
    client.force_login(amina)
    assert enrolment.completed_at is not None
    assert "No longer part of the course; it counts as done." in client.get(care.url).content.decode()


def test_a_later_release_never_takes_a_completion_away(amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    for step in factories.lessons_of(care):
        progress.complete_step(enrolment, step.translation_key)
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
    enrolment.refresh_from_db()
    assert (enrolment.completed_at is not None, enrolment.release.number) == (True, "1.0")


def with_inverted_key(block: dict) -> dict:
    """The same knowledge check with right and wrong options exchanged."""
    options = [
        option | {"value": option["value"] | {"correct": not option["value"]["correct"]}}
        for option in block["value"]["options"]
    ]
    return block | {"value": block["value"] | {"options": options}}


def test_a_knowledge_check_gives_feedback_and_the_page_never_contains_the_key(client, amina):
    care = factories.course(lessons=0, released=False)
    block = factories.check_block("How many features?", "Two", "Nine")
    page = factories.lesson(factories.module(care), "Checked", block)
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    pages = [without_tokens(client.get(page.url))]
    assert "about Two" not in pages[0]
    page.body = page.body.stream_block.to_python([with_inverted_key(block)])
    page.save_revision().publish()
    pages.append(without_tokens(client.get(page.url)))
    assert pages[0] == pages[1], "the page must not depend on the key"
    page.body = page.body.stream_block.to_python([block])
    page.save_revision().publish()
    wrong = block["value"]["options"][1]["id"]
    html = client.post(page.url, {"check": block["id"], "choice": wrong}).content.decode()
    assert ("You chose this. Not right." in html, "about Nine" in html) == (True, True)
    fragment = client.post(page.url, {"check": block["id"], "choice": wrong}, headers={"X-Requested-With": "fetch"})
    assert fragment.content.decode().lstrip().startswith("<ul")
    unanswered = client.post(page.url, {"check": block["id"]}).content.decode()
    assert "Choose an answer first" in unanswered


@pytest.mark.parametrize("others", [0, 2])
def test_a_lesson_costs_the_same_queries_with_one_course_and_with_three(
    client, amina, care, others, django_assert_num_queries
):
    for number in range(others):
        enrolments.join(amina, factories.course(f"Other {number}", lessons=1).translation_key)
    enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    url = factories.lessons_of(care)[0].url
    client.get(url)
    with django_assert_num_queries(4):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("courses", [1, 3])
def test_catalogue_home_and_my_learning_cost_the_same_with_one_course_and_with_three(
    client, amina, courses, django_assert_num_queries
):
    for number in range(courses):
        enrolments.join(amina, factories.course(f"Course {number}", lessons=1).translation_key)
    client.force_login(amina)
    for url, count in ((reverse("catalogue"), 2), (reverse("learning"), 5), ("/en/", 2)):
        client.get(url)
        with django_assert_num_queries(count):
            assert client.get(url).status_code == 200
