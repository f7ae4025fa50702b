"""What happens to learners when a page goes: some pages cannot be deleted, and authors read who is under way."""

from collections.abc import Iterable

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from courses.models.records import Completion, CourseRelease, Enrolment


def before_delete_page(request, page):
    return _refuse(request, [page])


def before_bulk_action(request, action_type, objects, action):
    if action_type == "delete" and issubclass(action.models[0], Page):
        return _refuse(request, objects)
    return None


def before_move_page(request, page, destination):
    if request.method == "GET":
        _warn(request, page)


def after_edit_page(request, page):
    """Say what will happen when the page expires, once it is published with an expiry. Autosaves say nothing."""
    if page.expire_at and "action-publish" in request.POST:
        _warn(request, page)


def _keys(pages: Iterable[Page]):
    """The translation keys of these pages and all below them. An alias is no page of its own."""
    subtree = Page.objects.none()
    for page in pages:
        subtree |= Page.objects.descendant_of(page, inclusive=True)
    return Page.objects.filter(pk__in=subtree.values("pk"), alias_of=None).values_list("translation_key", flat=True)


def _people(pages: Iterable[Page]) -> tuple[int, bool]:
    """How many people under way have one of these pages in their release, and whether a certificate rests on one.

    Who has left the course may join again, so they are under way too.
    """
    keys = {str(key) for key in _keys(pages)}
    unfinished = Enrolment.objects.everybody("whether there is any").unfinished()
    asking = {
        release.pk: [step for step in release.steps if step["key"] in keys or str(release.course_key) in keys]
        for release in CourseRelease.objects.filter(pk__in=unfinished.values("release"))
    }
    asking = {pk: steps for pk, steps in asking.items() if steps}
    certifies = any(step["certifies"] for steps in asking.values() for step in steps)
    return unfinished.filter(release__in=asking).count(), certifies


def people_under_way(pages: Iterable[Page]) -> str:
    """Who is in the middle of a course with one of these pages, and what happens to them without it; "" for nobody."""
    people, certifies = _people(pages)
    if not people:
        return ""
    who = _count(people)
    if certifies:
        what = _(
            "A test that is not published stays required: nobody can take it, and nobody gets a certificate without it."
            " To stop asking for it, release the course without it."
        )
    else:
        what = _("A lesson that is not published is waived for those who have not read it.")
    return f"{who} {what}"


def who_is_under_way(pages: Iterable[Page]) -> str:
    """How many people are in the middle of a course with one of these pages, in words; "" for nobody."""
    people, _certifies = _people(pages)
    return _count(people) if people else ""


def _count(people: int) -> str:
    return ngettext(
        "%(n)s person is in the middle of a course with this page.",
        "%(n)s people are in the middle of a course with this page.",
        people,
    ) % {"n": people}


def _warn(request, page) -> None:
    if text := people_under_way([page]):
        messages.warning(request, text)


def _refuse(request, pages):
    """Return a redirect, with the reason as a message, when learners need one of these pages or one below; else None."""
    keys = _keys(pages)
    if Completion.objects.everybody("whether there is any").filter(step_key__in=keys).exists():
        reason = _(
            "Learners have completed this step or one below it, so it cannot be deleted. Unpublish it instead: the"
            " next release will leave it out."
        )
    elif Enrolment.objects.everybody("whether there is any").filter(course_key__in=keys).exists():
        reason = _("People have joined this course, so it cannot be deleted. Unpublish it to close it to new learners.")
    elif _people(pages)[1]:
        reason = _(
            "People under way need this test for their certificate, so it cannot be deleted. Unpublish it instead."
        )
    else:
        return None
    messages.error(request, reason)
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk)
