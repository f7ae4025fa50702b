"""What an author saved by hand stays, however late an autosave from before it arrives."""

import threading

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from wagtail.admin.views.pages.edit import EditView

from courses.models.pages import LessonPage
from tests import factories
from tests.races import on_disk, together  # noqa: F401
from tests.test_authoring import add_lesson, lesson_form

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


class Editor:
    """Kofi's tab, open on a lesson whose first version autosave has made."""

    def __init__(self, kofi):
        self.client = Client()
        self.client.force_login(kofi)
        add_lesson(self.client, factories.course(), lesson_form("Open questions"))
        self.page = LessonPage.objects.get(title="Open questions")
        self.address = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        self.version = self.page.latest_revision_id

    def send(self, title: str, **headers):
        form = lesson_form(title, overwrite_revision_id=str(self.version), loaded_revision_id=str(self.version))
        return self.client.post(self.address, form, headers=headers)

    def autosave(self, title: str):
        return self.send(title, **JSON)

    def kept(self) -> str:
        return LessonPage.objects.get(pk=self.page.pk).get_latest_revision_as_object().title


@pytest.fixture
def unguarded(monkeypatch):
    """Wagtail as it comes."""
    others = [name for name in settings.MIDDLEWARE if name != "elearning.saving.SavingMiddleware"]
    monkeypatch.setattr(settings, "MIDDLEWARE", others)


def late_autosave(kofi) -> Editor:
    """Sent before "Save draft", read after it."""
    editor = Editor(kofi)
    assert editor.send("Typed last").status_code == 302
    editor.answer = editor.autosave("Typed before")
    return editor


def test_an_autosave_that_comes_late_is_refused(kofi):
    editor = late_autosave(kofi)
    assert (editor.answer.status_code, editor.answer.json()["error_code"]) == (400, "invalid_revision")
    assert editor.kept() == "Typed last"


def test_without_the_guard_it_takes_back_what_was_saved_by_hand(kofi, unguarded):
    editor = late_autosave(kofi)
    assert (editor.answer.status_code, editor.kept()) == (200, "Typed before")


def test_autosave_goes_on_in_its_own_version(kofi):
    editor = Editor(kofi)
    assert [editor.autosave(title).status_code for title in ("One", "Two")] == [200, 200]
    assert (editor.kept(), editor.page.revisions.count()) == ("Two", 1)
    assert editor.send("Three").status_code == 302
    assert (editor.kept(), editor.page.revisions.count()) == ("Three", 2)


def crossing(kofi, monkeypatch, on_disk) -> Editor:  # noqa: F811
    """An autosave has seen that its version is the newest when "Save draft" comes in."""
    editor, looked, saved = Editor(kofi), threading.Event(), threading.Event()
    check = EditView.is_out_of_date.func

    def slowly(view):
        late = check(view)
        if view.expects_json_response:
            looked.set()
            saved.wait(2)
        return late

    monkeypatch.setattr(EditView, "is_out_of_date", property(slowly))
    on_disk()

    def by_hand():
        looked.wait(10)
        answer = editor.send("Typed last")
        saved.set()
        return answer

    editor.answers = together(lambda: editor.autosave("Typed before"), by_hand)
    return editor


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
class TestCrossing:
    def test_what_was_saved_by_hand_stays(self, kofi, monkeypatch, on_disk):  # noqa: F811
        editor = crossing(kofi, monkeypatch, on_disk)
        assert [answer.status_code for answer in editor.answers] == [200, 302]
        assert editor.kept() == "Typed last"

    def test_without_the_guard_it_is_taken_back(self, kofi, monkeypatch, on_disk, unguarded):  # noqa: F811
        assert crossing(kofi, monkeypatch, on_disk).kept() == "Typed before"
