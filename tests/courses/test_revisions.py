"""What an author saved by hand stays, however late an autosave from before it arrives."""

import threading

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.admin.views.generic.mixins import CreateEditViewOptionalFeaturesMixin
from wagtail.admin.views.pages.edit import EditView
from wagtail.test.utils.form_data import nested_form_data, streamfield

from courses import bootstrap as site
from courses import revisions
from quizzes import bootstrap as question_bank
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
    """Kofi's tab, open on a version that autosave has begun."""

    def __init__(self, kofi, kind: str):
        if kind == "question":
            self.edited, self.form, self.words = question(publish=False), question_form, "stem"
            self.address = reverse("wagtailsnippets_quizzes_question:edit", args=[self.edited.pk])
        else:
            course = factories.course()
            self.edited, self.form, self.words = factories.lessons_of(course)[0], lesson_form, "title"
            self.edited.live = kind == "live lesson"
            self.edited.save()
            self.address = reverse("wagtailadmin_pages:edit", args=[self.edited.pk])
        self.version = self.edited.save_revision(user=kofi)
        self.client = Client()
        self.client.force_login(kofi)

    def send(self, words: str, **headers):
        version = str(self.version.pk)
        form = self.form(words, overwrite_revision_id=version, loaded_revision_id=version)
        return self.client.post(self.address, form, headers=headers)

    def autosave(self, words: str):
        return self.send(words, **JSON)

    def kept(self) -> str:
        again = type(self.edited).objects.get(pk=self.edited.pk)
        return getattr(again.get_latest_revision_as_object(), self.words)

    def versions(self) -> int:
        return self.edited.revisions.count()


@pytest.fixture(params=["lesson", "live lesson", "question"])
def editor(request, kofi) -> Editor:
    site.prepare()
    question_bank.prepare()
    return Editor(kofi, request.param)


def late(editor: Editor):
    """An autosave that was sent before "Save draft" and is read after it; its answer."""
    assert editor.send("Typed last").status_code == 302
    return editor.autosave("Typed before")


def test_an_autosave_that_comes_late_is_refused(editor):
    answer = late(editor)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_revision")
    assert editor.kept() == "Typed last"


def test_were_it_saved_into_the_version_of_autosave_it_would_be_taken_back(editor, monkeypatch):
    monkeypatch.setattr(revisions, "OVERWRITTEN", "no field of Wagtail's")
    assert (late(editor).status_code, editor.kept()) == (200, "Typed before")


def test_autosave_goes_on_in_its_own_version(editor):
    before = editor.versions()
    assert [editor.autosave(words).status_code for words in ("One", "Two")] == [200, 200]
    assert (editor.kept(), editor.versions()) == ("Two", before)
    assert editor.send("Three").status_code == 302
    assert (editor.kept(), editor.versions()) == ("Three", before + 1)


def crossing(editor: Editor, monkeypatch, on_disk):
    """An autosave has seen that its version is the newest, and then "Save draft" is read; the answer of the autosave."""
    looked, saved = threading.Event(), threading.Event()
    view = CreateEditViewOptionalFeaturesMixin if editor.words == "stem" else EditView
    check = view.is_out_of_date.func

    def slowly(self):
        found = check(self)
        if self.expects_json_response:
            looked.set()
            assert saved.wait(10)
        return found

    monkeypatch.setattr(view, "is_out_of_date", property(slowly))
    on_disk()

    def by_hand():
        assert looked.wait(10)
        answer = editor.send("Typed last")
        saved.set()
        return answer

    early, last = together(lambda: editor.autosave("Typed before"), by_hand)
    assert last.status_code == 302
    return early


@pytest.mark.django_db(transaction=True)
class TestCrossing:
    def test_an_autosave_that_has_looked_before_is_refused(self, editor, monkeypatch, on_disk):
        assert crossing(editor, monkeypatch, on_disk).status_code == 400
        assert editor.kept() == "Typed last"

    def test_without_a_second_look_it_would_be_taken_back(self, editor, monkeypatch, on_disk):
        monkeypatch.delattr(revisions.SafeAutosaveMixin, "save_revision")
        assert crossing(editor, monkeypatch, on_disk).status_code == 200
        assert editor.kept() == "Typed before"
