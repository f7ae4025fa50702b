"""Manual marking: two people mark a text blind, a third if they differ, and then the attempt gets its result."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts import process_cache, roles
from accounts.models import AuditEntry, Email, Role
from courses.models.records import Completion
from quizzes import attempts, eligibility, manual_marking, results, tasks
from quizzes.blueprint import CannotFill
from quizzes.corrections import Choice
from quizzes.models.manual_marking import Marking, Script
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import Attempt, AttemptState, Mark
from quizzes.models.regrades import Regrade
from quizzes.question_types.essay import Essay
from quizzes.regrades import verbs, worker
from tests.quizzes.factories import ITEMS, answer_all, body, course_with_test, enrol, mark_texts, question, quiz
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("prepared")]


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def paula(db):
    """A trainer for Kenya."""
    user = person("Paula Otieno", "KE")
    roles.grant(user, Role.TRAINER, "KE")
    return user


@pytest.fixture
def handed_in(amina):
    """Amina's attempt at a question marked by rules and a text, handed in with everything answered."""

    def hand_in(kinds=("single", "freetext"), **fields) -> Attempt:
        page = course_with_test(kinds, pass_percent=80, **fields)
        attempt = attempts.start(enrol(amina, page), page)
        answer_all(attempt)
        assert attempts.submit(attempt) is None
        return attempt

    return hand_in


def ids_of(script: Script) -> list[str]:
    return [criterion["id"] for criterion in script.item.version.content["body"]["criteria"]]


def mark_oldest(marker, *points: int, comment: str = "") -> Script:
    """Mark the oldest waiting text with these points by criterion."""
    script = Script.objects.waiting_for(marker).first()
    marking = manual_marking.take(marker, script.item.version_id)
    return manual_marking.mark(marking, marker, dict(zip(ids_of(script), points, strict=True)), comment)


def test_from_writing_to_the_result(amina, kofi, grace, as_person):
    page = course_with_test(["single", "freetext"], pass_percent=80)
    enrolment = enrol(amina, page)
    client = as_person(amina)
    assert "1 question is marked by people" in text(client.get(page.get_url()))
    client.post(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key]))
    attempt = Attempt.objects.get()
    answer_all(attempt, right=1)
    item_url = reverse("quizzes:item", args=[attempt.uuid, 2])
    client.post(item_url, {"answer": "Call for help, then give breaths.", "go": "1"})
    hand_in = reverse("quizzes:hand_in", args=[attempt.uuid])
    assert "People mark part of it" in text(client.get(hand_in))
    waiting = client.post(hand_in, follow=True)
    assert "Handed in, and being marked" in text(waiting)
    assert (Mark.objects.count(), Completion.objects.filter(step_key=page.translation_key).count()) == (0, 0)
    assert "Your last attempt is being marked" in text(client.get(page.get_url()))
    again = client.post(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key]), follow=True)
    assert "Your last attempt is being marked." in text(again)

    mark_oldest(kofi, 2, 3, comment="Say why breath comes first.")
    assert not Mark.objects.exists()
    script = mark_oldest(grace, 2, 2)
    assert (script.points, script.wanted) == (Decimal("4.5"), 2)

    mark = Mark.objects.get()
    assert (mark.score, mark.max_score, mark.passed) == (Decimal("1.750"), 2, True)
    assert Completion.objects.filter(step_key=page.translation_key).exists()
    email = Email.objects.get(kind="marked")
    assert (email.to, "You have 1.75 of 2 points." in email.text) == (amina.email, True)
    shown = text(client.get(reverse("quizzes:result", args=[attempt.uuid])))
    for words in (
        "Passed",
        "Call for help, then give breaths.",
        "Marker 1: 3 of 4.",
        "Marker 2: 2 of 4.",
        "4.5 of 6 points of the rubric count.",
        "Say why breath comes first.",
        ITEMS["freetext"]["model"],
    ):
        assert words in shown, words
    assert [marker.name for marker in (kofi, grace) if marker.name in shown] == []
    assert AuditEntry.objects.filter(verb="script.marked", actor=grace.uuid).count() == 1


@pytest.mark.parametrize(
    ("totals", "points"),
    [
        ([4], None),
        ([4, 5], "4.5"),
        ([4, 4], "4"),
        ([6, 0], None),
        ([3, 5], None),  # the tolerance is one point
        ([3, 5, 0], "3"),
        ([3, 5, 4], "4"),
        ([0, 6, 6], "6"),
    ],
)
def test_two_markings_count_by_their_mean_and_three_by_their_median(totals, points):
    wanted = max(2, len(totals))
    agreed = manual_marking.agreed_points([Decimal(total) for total in totals], wanted, body("freetext"))
    assert agreed == (None if points is None else Decimal(points))


def test_one_marker_is_enough_where_the_rubric_says_so():
    assert manual_marking.agreed_points([Decimal(5)], 1, body("freetext", markers=1)) == 5


def test_a_third_person_settles_a_difference(handed_in, kofi, grace, paula):
    attempt = handed_in()
    mark_oldest(kofi, 2, 4)
    assert mark_oldest(grace, 0, 1).settled_at is None
    assert Script.objects.get().wanted == 3
    assert not Mark.objects.exists()
    assert [list(Script.objects.waiting_for(marker)) for marker in (kofi, grace)] == [[], []]  # neither decides alone
    assert mark_oldest(paula, 2, 3).points == 5
    assert attempt.marks.get().score == Decimal("1.833")


def test_nobody_marks_their_own_text_one_text_twice_or_one_of_another_country(handed_in, amina, kofi, mona, omar):
    version = handed_in().items.get(position=2).version_id
    roles.grant(amina, Role.TRAINER, "*")
    roles.grant(omar, Role.TRAINER, "EG")
    assert manual_marking.take(amina, version) is None
    assert manual_marking.take(omar, version) is None
    assert manual_marking.take(kofi, version)
    assert manual_marking.take(kofi, version) is None


def test_a_script_has_two_places_and_one_put_back_or_forgotten_is_free_again(handed_in, kofi, grace, paula):
    version = handed_in().items.get(position=2).version_id
    first = manual_marking.take(kofi, version)
    second = manual_marking.take(grace, version)
    assert (first.number, second.number) == (1, 2)
    assert manual_marking.take(paula, version) is None
    assert manual_marking.put_back(first, kofi)
    assert manual_marking.take(paula, version).number == 1
    with time_machine.travel(timezone.now() + manual_marking.HOLD + timedelta(minutes=1)):
        tasks.sweep()
        assert not Marking.objects.exists()
        with pytest.raises(manual_marking.TooLate):
            manual_marking.mark(second, grace, {}, "")


def test_a_marking_is_saved_once(handed_in, kofi):
    version = handed_in().items.get(position=2).version_id
    marking = manual_marking.take(kofi, version)
    points = dict.fromkeys(ids_of(marking.script), 1)
    manual_marking.mark(marking, kofi, points, "")
    with pytest.raises(manual_marking.TooLate):
        manual_marking.mark(marking, kofi, dict.fromkeys(points, 0), "")
    assert not manual_marking.put_back(marking, kofi)
    assert Marking.objects.get().points == points


def test_the_result_waits_for_the_last_of_several_texts(handed_in, kofi, grace):
    attempt = handed_in(("freetext", "freetext"))
    for marker in (kofi, grace):
        mark_oldest(marker, 2, 4)
    assert not Mark.objects.exists()
    for marker in (kofi, grace):
        mark_oldest(marker, 2, 4)
    assert attempt.marks.get().passed
    assert Email.objects.filter(kind="marked").count() == 1


def test_a_text_that_was_not_written_needs_no_marking(amina):
    page = course_with_test(["single", "freetext"], pass_percent=50)
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt, right=1)
    assert attempts.submit(attempt).score == 1
    assert not Script.objects.exists()


def test_an_attempt_closed_by_the_sweep_is_marked_by_people_too(amina, kofi, grace):
    page = course_with_test(["freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt)
    with time_machine.travel(attempt.deadline + timedelta(minutes=1)):
        assert attempts.close_overdue() == 1
        assert Script.objects.get().handed_in_at == attempt.deadline
        mark_texts(attempt, kofi, grace)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.marks.get().passed) == (AttemptState.CLOSED, True)


def test_a_critical_text_with_part_of_the_points_earns_nothing(handed_in, kofi, grace):
    attempt = handed_in(("single", "single", "single", "single", "freetext"))
    version = attempt.items.get(position=5).version
    QuestionVersion.objects.filter(pk=version.pk).update(content=version.content | {"critical": True})
    process_cache.forget()  # versions are frozen, so a process remembers them
    mark_oldest(kofi, 2, 3)
    mark_oldest(grace, 2, 3)
    mark = attempt.marks.get()
    assert (mark.score, mark.passed, mark.critical_errors) == (4, False, 1)


def test_a_rubric_changed_after_marking_began_does_not_change_attempts_of_the_old_version(handed_in, kofi, grace):
    attempt = handed_in()
    mark_oldest(kofi, 2, 4)
    asked = Question.objects.get(by_people=True)
    block = asked.content.get_prep_value()
    block[0]["value"]["criteria"][0]["value"]["points"] = 20
    block[0]["value"]["tolerance"] = 9
    asked.content = Question._meta.get_field("content").to_python(block)
    asked.save_revision().publish()
    assert QuestionVersion.objects.filter(key=asked.translation_key).count() == 2
    assert ids_of(mark_oldest(grace, 2, 4)) == ids_of(Script.objects.get())
    assert (Script.objects.get().most, attempt.marks.get().score) == (6, 2)


def test_a_draw_from_a_pool_takes_no_question_that_people_mark(amina):
    text_question = question("freetext", pool="p9")
    page = course_with_test(["single"])
    page.draws = draws_from(page, "p9")
    page.save_revision().publish()
    with pytest.raises(CannotFill):
        attempts.start(enrol(amina, page), page)
    text_question.refresh_from_db()
    assert text_question.by_people


def draws_from(page: QuizPage, pool: str):
    raw = page.draws.get_prep_value()
    raw[0]["value"]["pool"] = pool
    return QuizPage._meta.get_field("draws").to_python(raw)


def test_a_reverted_regrade_of_a_text_leaves_the_points_that_people_gave(handed_in, kofi, grace, amina, regrade):
    attempt = handed_in()
    mark_texts(attempt, kofi, grace, share=0)
    version = attempt.items.get(position=2).version
    applied = regrade(version, Choice.FULL)
    assert attempt.marks.latest("number").passed
    applied.refresh_from_db()
    regrade(applied)
    assert attempt.marks.latest("number").score == 1


@pytest.fixture
def regrade(kofi, grace):
    """Apply a correction of a version to its end, or revert a regrade two days later."""

    def run(target, choice=None) -> Regrade:
        regrade = target if choice is None else verbs.create(target, choice, None, "It was faulty.", kofi)
        if choice is not None:
            worker.work(regrade.pk)
            regrade.refresh_from_db()
            assert verbs.apply(regrade, grace)
        with time_machine.travel(timezone.now() + (timedelta(minutes=2) if choice else timedelta(days=2))):
            if choice is None:
                assert verbs.revert(regrade, grace, "It was right.")
            for _round in range(3):
                worker.work(regrade.pk)
        regrade.refresh_from_db()
        return regrade

    return run


@pytest.mark.parametrize("choice", [Choice.FULL, Choice.DROP])
def test_a_regrade_that_needs_no_marking_gives_waiting_attempts_their_result(handed_in, kofi, grace, regrade, choice):
    attempt = handed_in()
    marking = manual_marking.take(kofi, attempt.items.get(position=2).version_id)
    applied = regrade(attempt.items.get(position=2).version, choice)
    mark = attempt.marks.get()
    assert (mark.score, mark.max_score, mark.passed) == ((2, 2, True) if choice == Choice.FULL else (1, 1, True))
    assert Email.objects.filter(kind="marked").count() == 1
    assert not Script.objects.waiting_for(grace).exists()
    manual_marking.mark(
        marking, kofi, dict.fromkeys(ids_of(marking.script), 1), ""
    )  # whoever was marking it can still save
    assert attempt.marks.count() == 1
    regrade(applied)
    assert attempt.marks.latest("number").passed, "a result that was announced stays"
    assert not Script.objects.waiting_for(grace).exists()


@pytest.mark.parametrize(("choice", "scores"), [(Choice.FULL, [(1, 2), (2, 2)]), (Choice.DROP, [(0, 1), (1, 1)])])
def test_a_point_kept_after_a_reverted_regrade_adds_to_a_later_regrade(amina, regrade, choice, scores):
    page = course_with_test(["single", "freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    rules, words = attempt.items.select_related("version").order_by("position")
    attempts.save(attempt, words, 1, "Call for help.", False)
    attempts.submit(attempt)
    regrade(regrade(words.version, choice))
    regrade(rules.version, Choice.FULL)
    assert list(attempt.marks.order_by("number").values_list("score", "max_score")) == scores
    assert sum(item.earned for item in results.context(attempt)["explained"]) == scores[-1][0], "as it is explained"


def test_a_regrade_reverted_before_there_is_a_result_makes_the_text_wait_again(amina, kofi, grace, regrade):
    page = course_with_test(["freetext", "freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt)
    attempts.submit(attempt)
    applied = regrade(attempt.items.get(position=1).version, Choice.FULL)
    assert not attempt.marks.exists(), "the other text still waits"
    assert Script.objects.waiting_for(kofi).get().item.position == 2
    regrade(applied)
    assert Script.objects.waiting_for(kofi).count() == 2
    mark_texts(attempt, kofi, grace)
    assert attempt.marks.get().score == 2


def test_a_text_whose_regrade_was_reverted_is_marked_before_there_is_a_result(amina, kofi, grace, regrade):
    page = course_with_test(["freetext", "freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt)
    applied = regrade(attempt.items.get(position=1).version, Choice.FULL)
    attempts.submit(attempt)
    assert [script.item.position for script in Script.objects.all()] == [2]
    regrade(applied)
    mark_texts(attempt, kofi, grace)
    assert (Mark.objects.count(), Email.objects.filter(kind="marked").count()) == (0, 0)
    assert Script.objects.get(settled_at=None).item.position == 1
    for marker in (kofi, grace):
        mark_oldest(marker, 2, 4)
    assert (attempt.marks.get().score, Email.objects.filter(kind="marked").count()) == (2, 1)


def test_eligibility_reports_the_pending_attempt_and_the_best_marked_one(handed_in, amina, kofi, grace):
    attempt = handed_in()
    page = QuizPage.objects.get()
    state = eligibility.check(attempt.enrolment, page)
    assert (state.pending, state.best, state.passed) == (attempt, None, False)
    with pytest.raises(attempts.MarkingPending):
        attempts.start(attempt.enrolment, page)
    mark_texts(attempt, kofi, grace, share=0)
    state = eligibility.check(attempt.enrolment, page)
    assert (state.pending, state.best) == (None, attempt)
    assert attempts.start(attempt.enrolment, page).number == 2


def test_a_text_that_is_too_long_is_refused_and_stays_in_the_form(amina, as_person):
    page = course_with_test(["freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    long = "word " * 200
    reply = as_person(amina).post(reverse("quizzes:item", args=[attempt.uuid, 1]), {"answer": long})
    assert reply.status_code == 422
    assert "This is too long. Write at most 600 characters." in text(reply)
    assert long.strip() in text(reply)


def test_the_points_of_the_rubric_are_what_a_text_can_earn():
    assert Essay().max_points(body("freetext")) == 6


def test_a_test_of_one_fixed_text_has_one_cell(amina, kofi):
    text_question = question("freetext", pool="p1")
    page = course_with_test(["single"], title="Other")
    again = quiz(page.get_parent(), (), fixed=[text_question], title="Written")
    assert [cell.key for cell in again.cells] == [text_question.translation_key]
