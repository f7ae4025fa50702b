"""A package that is loaded again publishes nothing that people took offline, and brings no question twice."""

import shutil

import pytest
from django.core.management import call_command
from django.utils import timezone

from courses.importing import course as course_packages
from courses.importing.course import PackageError
from courses.models.pages import LessonPage
from courses.models.records import CourseRelease
from quizzes.corrections import Choice
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.regrades import Regrade, Stage
from tests.support.mutations import Mutation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

BANK, LESSON, TEST = "test/bank.yaml", "1-respond/1-breath-first.md", "test/quiz.md"


@pytest.fixture
def folder(tmp_path):
    """The sample course, loaded once, in a folder of its own."""
    call_command("load_standards")
    call_command("prepare")
    shutil.copytree(course_packages.LIBRARY / "overdose-sample", tmp_path / "sample")
    course_packages.load(tmp_path / "sample")
    return tmp_path / "sample"


def edit(folder, file: str, before: str, after: str) -> None:
    path = folder / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def change_everything(folder) -> None:
    edit(folder, BANK, "Which three signs together", "Which three signs, together,")
    edit(folder, LESSON, "title: ", "title: New ")
    edit(folder, TEST, "minutes: 20", "minutes: 25")


def test_what_somebody_unpublished_stays_offline_and_is_reported(folder):
    rows = [Question.objects.get(code="c6-m1-q01"), LessonPage.objects.get(), QuizPage.objects.get()]
    for row in rows:
        row.unpublish()
    change_everything(folder)
    report = course_packages.load(folder)
    assert [type(row).objects.get(pk=row.pk).live for row in rows] == [False] * 3
    assert [line.endswith("is not published and is left as it is") for line in report.kept] == [True] * 3
    assert (report.written, report.release) == ([], None)


def test_control_without_the_check_an_import_publishes_it_again(folder):
    Question.objects.get(code="c6-m1-q01").unpublish()
    change_everything(folder)
    with Mutation("courses.importing.course:should_write", "before and not live", "False").made():
        course_packages.load(folder)
    assert Question.objects.get(code="c6-m1-q01").live


def test_a_load_does_not_withdraw_the_test_that_somebody_unpublished(folder):
    QuizPage.objects.get().unpublish()
    edit(folder, LESSON, "title: ", "title: New ")
    report = course_packages.load(folder)
    assert LessonPage.objects.get().title.startswith("New ")
    assert (report.release, CourseRelease.objects.count()) == (None, 1)
    assert "would no longer ask for: Test with critical questions" in report.kept[0]


def test_a_changed_id_is_refused_until_the_old_question_is_offline(folder):
    edit(folder, BANK, "id: c6-m1-q08", "id: c6-m1-q09")
    with pytest.raises(PackageError, match=r"c6-m1-q08: .+: the package has it no longer, and it is still published"):
        course_packages.load(folder)
    assert not Question.objects.filter(code="c6-m1-q09").exists()
    Question.objects.get(code="c6-m1-q08").unpublish()
    report = course_packages.load(folder)
    assert "c6-m1-q09" in report.written
    assert "the package has it no longer, and it is offline" in report.kept[0]


def test_a_changed_id_of_a_part_is_refused_too(folder):
    edit(folder, TEST, "id: c6s-test", "id: c6s-final")
    with pytest.raises(PackageError, match="Test with critical questions: the package has it no longer"):
        course_packages.load(folder)
    for row in [QuizPage.objects.get(), *Question.objects.all()]:
        row.unpublish()
    with pytest.raises(PackageError, match="The slug 'test' is already in use"):
        course_packages.load(folder)
    assert QuizPage.objects.count() == 1


def test_a_fault_that_was_regraded_is_not_loaded_again(folder):
    version = QuestionVersion.objects.get(content__code="c6-m1-q03")
    Regrade.objects.create(
        version=version, choice=Choice.REKEY, answer="6", stage=Stage.APPLIED, applied_at=timezone.now()
    )
    edit(folder, BANK, "Your ampoules hold 0.4 mg", "Your ampoules hold 0.4 mg,")
    report = course_packages.load(folder)
    assert "test/bank.yaml: c6-m1-q03 is left as it is. Version 1 was marked again" in report.kept[0]
    edit(folder, BANK, "  answer: 5\n", "  answer: 6\n")
    assert course_packages.load(folder).written == ["c6-m1-q03"]
