"""Attacks on records of others, on rounds and on the order of steps. See tests/security/attacks_on_attempts.py."""

import uuid

from django.urls import reverse

from courses import enrolment, progress
from courses.models.records import Completion
from quizzes import attempts
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import Attempt
from tests.access.requests import BACKEND
from tests.security.bypass import attack, everything


# Records of other people, and of other courses.
@attack(404)
def another_persons_attempt(scene):
    yield
    other = scene.other_attempt
    return [
        *(scene.client.get(scene.url(name, of=other)) for name in ("attempt", "hand_in", "result")),
        scene.client.get(scene.url("item", 1, of=other)),
        *(scene.save(of=other), scene.answer(of=other), scene.hand_in(of=other)),
    ]


@attack(404)
def another_persons_attempt_that_this_process_has_just_read(scene):
    scene.client.force_login(scene.baraka, backend=BACKEND)
    scene.client.post(scene.url("save", 1, of=scene.other_attempt), {"op": "1"})
    scene.client.force_login(scene.amina, backend=BACKEND)
    yield
    return scene.client.post(scene.url("save", 1, of=scene.other_attempt), {"op": "2", **scene.right_answer()})


@attack(200, changes={"Response"})  # one's own, at the position in the URL
def another_persons_attempt_in_the_fields(scene):
    yield
    return scene.save(
        {"attempt": str(scene.other_attempt.uuid), "position": "2", "item": str(scene.other_attempt.items.first().pk)}
    )


@attack(404)
def positions_that_are_not_on_the_paper(scene):
    yield
    positions = (0, 3, 99, 10**20)
    return [scene.post(scene.url(name, position), {"op": "1"}) for position in positions for name in ("item", "save")]


@attack(404)
def starting_on_another_persons_enrolment(scene):
    scene.fail()
    yield
    return [scene.start(scene.other_enrolment), scene.start(scene.other_enrolment, scene.other_page)]


@attack(302)
def starting_a_test_of_another_course_on_ones_own_enrolment(scene):
    yield
    return scene.start(scene.enrolment, scene.other_page)


@attack(302)
def signed_out(scene):
    scene.client.logout()
    yield
    return [scene.save(), scene.answer(), scene.hand_in(), scene.start()]


@attack(403)
def a_form_with_the_token_of_an_earlier_session(scene):
    scene.client.handler.enforce_csrf_checks = True
    scene.client.get(scene.url("item", 1))
    old = scene.client.cookies["csrftoken"].value
    scene.client.cookies["csrftoken"] = "a" * 32
    yield
    return [scene.save({"csrfmiddlewaretoken": old}), scene.answer({"csrfmiddlewaretoken": old}), scene.hand_in()]


@attack(405)
def reading_where_only_post_is_allowed(scene):
    scene.fail()
    yield
    start = scene.start_url()
    return [
        *(getattr(scene.client, method)(start) for method in ("get", "head", "put", "patch", "delete")),
        *(getattr(scene.client, method)(scene.url("save", 1)) for method in ("get", "head", "put", "delete")),
        scene.client.get(start, headers={"X-HTTP-Method-Override": "POST"}, query_params={"_method": "POST"}),
    ]


@attack(200)
def reading_the_last_page_submits_nothing(scene):
    yield
    return [scene.client.get(scene.url("hand_in")), scene.client.head(scene.url("hand_in"))]


# Rounds.
@attack(302)
def starting_many_times_in_a_row(scene):
    yield
    return [scene.start() for _ in range(10)]


@attack(302)
def starting_in_the_pause(scene):
    scene.fail(3)
    yield
    with scene.later(hours=23):
        return [scene.start(), scene.start(form=everything())]


@attack(302, changes={"Attempt", "Mark"})  # the third is closed, and no fourth is started
def leaving_the_last_one_open_to_get_another(scene):
    scene.fail(2)
    scene.attempt = attempts.start(scene.enrolment, scene.page)
    yield
    with scene.later(minutes=46):
        return scene.start()


@attack(302)
def starting_after_passing(scene):
    scene.pass_test()
    yield
    return scene.start()


@attack(302)
def leaving_and_joining_again_to_start_in_the_pause(scene):
    scene.fail(3)
    yield
    return [scene.leave_or_join("leave"), scene.leave_or_join("join"), scene.start()]


@attack(302)
def leaving_and_joining_again_for_a_new_clock(scene):
    yield
    with scene.later(minutes=44):
        return [scene.leave_or_join("leave"), scene.leave_or_join("join"), scene.start()]


@attack(302)
def starting_after_leaving(scene):
    scene.fail()
    enrolment.leave(scene.enrolment)
    yield
    return scene.start()


@attack(302)
def renewing_the_course_before_completing_it(scene):
    scene.fail(3)
    yield
    return scene.post(reverse("renew", args=[scene.enrolment.uuid]))


@attack(200, 302, changes={"Response", "Enrolment"})  # a running attempt may be finished in time; that is no advantage
def continuing_a_running_attempt_after_leaving(scene):
    yield
    replies = [scene.leave_or_join("leave"), scene.save(), scene.start()]
    with scene.later(minutes=46):
        late = scene.save({"op": "2"})
    assert (late.status_code, replies[-1].url) == (410, scene.url("attempt"))
    return replies


# The order of steps.
@attack(302)
def starting_without_the_lessons(scene):
    scene.fail()
    Completion.objects.filter(enrolment=scene.enrolment).delete()
    yield
    return scene.start()


@attack(302)
def starting_without_the_last_lesson(scene):
    scene.fail()
    Completion.objects.filter(enrolment=scene.enrolment, step_key=scene.lessons[1].translation_key).delete()
    yield
    return scene.start()


@attack(404)
def completing_the_test_like_a_lesson(scene):
    yield
    return [scene.step("done", scene.page.translation_key), scene.step("done", scene.attempt.uuid)]


@attack(404)
def completing_lessons_that_are_not_in_the_release(scene):
    new_lesson = scene.new_lesson()
    yield
    keys = (new_lesson.translation_key, scene.other_lessons[0].translation_key, uuid.uuid4())
    return [scene.step("done", key) for key in keys]


@attack(404)
def completing_a_lesson_for_somebody_else(scene):
    Completion.objects.filter(enrolment=scene.other_enrolment).delete()
    yield
    return scene.step("done", scene.lessons[0].translation_key, scene.other_enrolment)


@attack(404)
def completing_lessons_after_leaving(scene):
    Completion.objects.filter(enrolment=scene.enrolment).delete()
    enrolment.leave(scene.enrolment)
    yield
    return [
        scene.step(name, scene.lessons[0].translation_key, form={"block": str(uuid.uuid4())})
        for name in ("done", "position", "note")
    ]


@attack(200, 302)
def a_knowledge_check_sent_to_the_test(scene):
    yield
    form = {"check": str(scene.page.translation_key), "choice": scene.right_answer()["answer"], "passed": "on"}
    return [scene.post(scene.page.url, form), scene.post(scene.lessons[0].url, form)]


@attack(404)
def starting_an_unpublished_test(scene):
    scene.fail()
    scene.page.unpublish()
    yield
    return scene.start()


@attack(302)
def a_course_whose_bank_is_too_small(scene):
    scene.fail()
    Question.objects.filter(pool="p2").update(live=False)
    yield
    return scene.start()


# An honest attempt goes on, whatever authors do meanwhile.
@attack(200, 302, changes={"Response", "Attempt", "Mark", "Completion", "Enrolment", "Certificate"})
def a_question_withdrawn_meanwhile_still_counts(scene):
    Question.objects.update(live=False)
    assert QuestionVersion.objects.count() == 2
    yield
    replies = [scene.save(), scene.save(at=2), scene.hand_in()]
    assert Attempt.objects.filter(pk=scene.attempt.pk, marks__passed=True).exists()
    assert str(scene.page.translation_key) in progress.done_keys(scene.enrolment)
    return replies
