"""A late autosave never overwrites what an author saved manually."""

import threading

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.admin.views.generic.mixins import CreateEditViewOptionalFeaturesMixin
from wagtail.admin.views.pages.edit import EditView
from wagtail.test.utils.form_data import nested_form_data, streamfield

from courses import bootstrap as courses_bootstrap
from courses import revisions
from quizzes import bootstrap as quizzes_bootstrap
from tests.journeys.test_authoring import check_form, lesson_form
from tests.quizzes.factories import question
from tests.support import factories
from tests.support.races import together

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


def question_form(stem: str, **more) -> dict:
    content = streamfield([("single", {"options": check_form()["options"]})])
    form = {"code": "p1-q01", "pool": "p1", "module": "", "level": "apply", "stem": stem, "rationale": "",
            "content": content, "cites": streamfield([]), **more}  # fmt: skip
    return nested_form_data(form)


class Editor:
    """An author's browser tab, open on a revision that autosave has begun."""

    def __init__(self, kofi, kind: str):
        if kind == "question":
            self.instance, self.form, self.field = question(publish=False), question_form, "stem"
            self.url = reverse("wagtailsnippets_quizzes_question:edit", args=[self.instance.pk])
        else:
            course = factories.course()
            self.instance, self.form, self.field = factories.lessons_of(course)[0], lesson_form, "title"
            self.instance.live = kind == "live lesson"
            self.instance.save()
            self.url = reverse("wagtailadmin_pages:edit", args=[self.instance.pk])
        self.revision = self.instance.save_revision(user=kofi)
        self.client = Client()
        self.client.force_login(kofi)

    def send(self, text: str, **headers):
        revision_pk = str(self.revision.pk)
        form = self.form(text, overwrite_revision_id=revision_pk, loaded_revision_id=revision_pk)
        return self.client.post(self.url, form, headers=headers)

    def autosave(self, text: str):
        return self.send(text, **JSON)

    def latest_text(self) -> str:
        instance = type(self.instance).objects.get(pk=self.instance.pk)
        return getattr(instance.get_latest_revision_as_object(), self.field)

    def revision_count(self) -> int:
        return self.instance.revisions.count()


@pytest.fixture(params=["lesson", "live lesson", "question"])
def editor(request, kofi) -> Editor:
    courses_bootstrap.prepare()
    quizzes_bootstrap.prepare()
    return Editor(kofi, request.param)


def late_autosave(editor: Editor):
    """The response to an autosave that was sent before "Save draft" but arrives after it."""
    assert editor.send("Typed last").status_code == 302
    return editor.autosave("Typed before")


def test_a_late_autosave_is_refused(editor):
    response = late_autosave(editor)
    assert (response.status_code, response.json()["error_code"]) == (400, "invalid_revision")
    assert editor.latest_text() == "Typed last"


def test_without_a_new_revision_a_late_autosave_would_overwrite_the_manual_save(editor, monkeypatch):
    monkeypatch.setattr(revisions, "OVERWRITE_FIELD", "no field of Wagtail's")
    assert (late_autosave(editor).status_code, editor.latest_text()) == (200, "Typed before")


def test_autosave_keeps_writing_to_its_own_revision(editor):
    before = editor.revision_count()
    assert [editor.autosave(text).status_code for text in ("One", "Two")] == [200, 200]
    assert (editor.latest_text(), editor.revision_count()) == ("Two", before)
    assert editor.send("Three").status_code == 302
    assert (editor.latest_text(), editor.revision_count()) == ("Three", before + 1)


def racing_autosave(editor: Editor, monkeypatch, on_disk):
    """The response to an autosave that has checked its revision just before "Save draft" arrives."""
    checked, saved = threading.Event(), threading.Event()
    view = CreateEditViewOptionalFeaturesMixin if editor.field == "stem" else EditView
    check = view.is_out_of_date.func

    def slow_check(self):
        out_of_date = check(self)
        if self.expects_json_response:
            checked.set()
            assert saved.wait(10)
        return out_of_date

    monkeypatch.setattr(view, "is_out_of_date", property(slow_check))
    on_disk()

    def save_manually():
        assert checked.wait(10)
        response = editor.send("Typed last")
        saved.set()
        return response

    autosaved, saved_manually = together(lambda: editor.autosave("Typed before"), save_manually)
    assert saved_manually.status_code == 302
    return autosaved


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_an_autosave_that_checked_before_the_manual_save_is_refused(self, editor, monkeypatch, on_disk):
        assert racing_autosave(editor, monkeypatch, on_disk).status_code == 400
        assert editor.latest_text() == "Typed last"

    def test_without_the_second_check_it_would_overwrite_the_manual_save(self, editor, monkeypatch, on_disk):
        monkeypatch.delattr(revisions.SafeAutosaveMixin, "save_revision")
        assert racing_autosave(editor, monkeypatch, on_disk).status_code == 200
        assert editor.latest_text() == "Typed before"
