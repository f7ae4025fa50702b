"""Attacks on an attempt: its time limit, its end, its operation numbers and its answers.

Each function sets the scene, then yields, then attacks. `@attack(statuses, changes=...)` declares the expected status
codes and which records may change, mostly none.
"""

import uuid

from tests.security.bypass import attack, everything

HUGE = "x" * 1_000_000


# The time limit.
@attack(410)
def saving_after_the_deadline(scene):
    scene.expire()
    yield
    return scene.save()


@attack(410)
def saving_at_the_exact_deadline(scene):
    yield
    with scene.later(minutes=45):
        return scene.save()


@attack(302, changes={"Attempt", "Mark"})  # closed without the answer
def answering_without_script_after_the_deadline(scene):
    scene.expire()
    yield
    return scene.answer()


@attack(302, changes={"Attempt", "Mark"})
def submitting_late_with_the_answers_in_the_form(scene):
    scene.expire()
    yield
    return scene.hand_in(form=scene.right_answer())


@attack(200, changes={"Response"})
def saving_with_ones_own_deadline(scene):
    yield
    return scene.save(everything())


@attack(302, changes={"Response"})
def answering_with_ones_own_deadline(scene):
    yield
    return scene.answer(everything())


@attack(302)
def starting_again_to_reset_the_clock(scene):
    yield
    with scene.later(minutes=30):
        return scene.start(form=everything())


@attack(410)
def moving_to_another_time_zone(scene):
    scene.amina.time_zone = "Pacific/Kiritimati"
    scene.amina.save()
    yield
    with scene.later(minutes=46):
        return scene.save()


@attack(410)
def a_longer_time_limit_published_meanwhile(scene):
    scene.page.minutes = 600
    scene.page.save_revision().publish()
    yield
    with scene.later(minutes=46):
        return scene.save()


# After the end.
@attack(410)
def saving_after_submitting(scene):
    scene.fail()
    yield
    return scene.save()


@attack(302)
def answering_after_submitting(scene):
    scene.fail()
    yield
    return scene.answer()


@attack(410)
def saving_after_submitting_an_attempt_that_this_process_has_cached_as_open(scene):
    scene.save(at=2)
    scene.fail()
    yield
    return scene.client.post(scene.url("save", 2), {"op": "2", **scene.right_answer(2)})


@attack(302)
def submitting_twice(scene):
    scene.fail()
    yield
    return [scene.hand_in(), scene.hand_in(form=everything())]


@attack(302)
def reopening_a_failed_attempt(scene):
    scene.fail()
    yield
    return [
        scene.client.get(scene.url("attempt")),
        scene.client.get(scene.url("item", 1)),
        scene.answer({"state": "open"}),
    ]


@attack(302)
def the_result_before_the_end(scene):
    yield
    return scene.client.get(scene.url("result"))


# Operation numbers.
@attack(200)
def sending_the_same_operation_again(scene):
    scene.save()
    yield
    return [scene.save(), scene.save()]


@attack(409)
def another_answer_under_an_old_number(scene):
    scene.save()
    yield
    return scene.save({"answer": scene.wrong_option()})


@attack(200, changes={"Response"})  # stored, but it does not count: see test_a_late_operation_does_not_count
def an_operation_from_before_the_newest(scene):
    scene.save({"op": "5"})
    yield
    return scene.save({"op": "2", "answer": scene.wrong_option()})


@attack(400)
def invalid_operation_numbers(scene):
    yield
    numbers = ["", "0", "-1", "1001", "9" * 30, "1e3", "NaN", "²", "1; DROP TABLE", "0x1", " 1", "\x001"]
    return [scene.save({"op": number}) for number in numbers]


@attack(400)
def json_in_place_of_a_form(scene):
    yield
    return scene.client.post(scene.url("save", 1), '{"op": 1, "answer": "x"}', content_type="application/json")


# Invalid answers.
@attack(422)
def the_option_of_another_question(scene):
    yield
    return [scene.save(scene.right_answer(2)), scene.answer(scene.right_answer(2))]


@attack(422)
def options_that_do_not_exist(scene):
    yield
    return [scene.save({"answer": name}) for name in (str(uuid.uuid4()), "0", "true", "correct", "\x00", "../../key")]


@attack(422)
def several_options_of_a_single_choice_question(scene):
    yield
    both = [*scene.right_answer()["answer"], scene.wrong_option()]
    return [scene.save({"answer": both}), scene.answer({"answer": both})]


@attack(422)
def an_answer_of_a_megabyte(scene):
    yield
    return [scene.save({"answer": HUGE}), scene.answer({"answer": HUGE})]


@attack(200, 400, changes={"Response"})
def megabytes_in_unknown_fields(scene):
    yield
    return [
        scene.save({"x": HUGE}),
        scene.save(dict.fromkeys("abc", HUGE)),
        scene.save({f"f{n}": "" for n in range(2000)}),
    ]
