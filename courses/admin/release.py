"""The button "Release to learners" in the admin, and the page that it opens."""

from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.widgets import Button

from accounts import roles
from accounts.authentication.requests import SignedInRequest
from courses import notices, outline, progress, releases
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease

MAY_RELEASE = "courses.add_courserelease"


class ReleaseForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What does it mean for people who are taking the course?"),
        choices=CourseRelease.Kind.choices,
        widget=forms.RadioSelect,
        initial=CourseRelease.Kind.EDITORIAL,
    )
    note = forms.CharField(
        label=gettext_lazy("What is new, in a sentence for learners"),
        help_text=gettext_lazy("Of a correction of safety: what was wrong, and what is right."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    corrects = forms.MultipleChoiceField(
        label=gettext_lazy("Only for a correction of safety: which lessons were wrong?"),
        help_text=gettext_lazy(
            "Everybody who has opened or done one of them, or has completed the course, is told by email and on their"
            " pages, and is listed in the report “Corrections” until they confirm that they have read it."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    withdraw = forms.BooleanField(required=False)

    def __init__(self, data, changes: dict):
        """Ask for the decision to withdraw tests only where the release would withdraw some."""
        super().__init__(data)
        kind, corrects = cast(forms.ChoiceField, self.fields["kind"]), self.fields["corrects"]
        cast(forms.MultipleChoiceField, corrects).choices = changes["lessons"]
        if changes["same"]:
            kind.choices = [(CourseRelease.Kind.CORRECTION, CourseRelease.Kind.CORRECTION.label)]
            self.initial["kind"] = CourseRelease.Kind.CORRECTION
            del self.fields["withdraw"]
            return
        withdrawn = outline.titles(changes["withdrawn_certifying"], changes["pages"])
        titles = ", ".join(page.title for page in withdrawn)
        if not titles:
            del self.fields["withdraw"]
            return
        field = self.fields["withdraw"]
        field.required = True
        field.label = _("No longer required: %(tests)s") % {"tests": titles}
        field.help_text = _people_affected(changes)
        field.error_messages["required"] = _(
            "This release would no longer ask for %(tests)s. Publish it again, or say here that nobody needs it any more."
        ) % {"tests": titles}

    def clean(self) -> dict:
        """A correction says what was wrong, and in which lessons."""
        data = super().clean() or {}
        if data.get("kind") == CourseRelease.Kind.CORRECTION:
            for name in ("note", "corrects"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A correction of safety needs this."))
        return data


def _people_affected(changes: dict) -> str:
    """What a required release without these tests means for people under way, in numbers."""
    completed, kept = changes["completed_by_withdrawal"], changes["kept_by_withdrawal"]
    return " ".join(
        [
            ngettext(
                "If the release is required, %(n)s person who has done everything else gets a certificate at once.",
                "If the release is required, %(n)s people who have done everything else get a certificate at once.",
                completed,
            )
            % {"n": completed},
            ngettext(
                "%(n)s person has tried the test and not passed: for them it stays required.",
                "%(n)s people have tried the test and not passed: for them it stays required.",
                kept,
            )
            % {"n": kept},
        ]
    )


def _with_lessons(course: CoursePage, changes: dict) -> dict:
    """`changes` with the lessons that a correction may name, each with how many people it would tell."""
    latest = changes["latest"].steps if changes["latest"] else []
    steps = {step["key"]: step for step in [*latest, *changes["outline"]] if step["kind"] == "lesson"}
    people = notices.count_readers(course.translation_key, list(steps))
    pages = zip(people.items(), outline.titles(list(steps.values()), changes["pages"]), strict=True)
    lessons = [
        (
            key,
            ngettext("%(lesson)s (%(n)s person to tell)", "%(lesson)s (%(n)s people to tell)", count)
            % {"lesson": f"{page.number} {page.title}".strip(), "n": count},
        )
        for (key, count), page in pages
    ]
    return changes | {"lessons": lessons}


def _with_numbers(course: CoursePage, changes: dict) -> dict:
    """`changes` with the numbers of people whom the withdrawal of tests would complete, and would not move."""
    withdrawn = changes["withdrawn_certifying"]
    if not withdrawn:
        return changes
    moved = releases.moved_by_required(course, withdrawn)
    needed = {step["key"] for step in changes["outline"] if step["required"]}
    return changes | {
        "completed_by_withdrawal": progress.with_all_of(moved, needed).count(),
        "kept_by_withdrawal": changes["unfinished"] - moved.count(),
    }


class ReleaseMenuItem(ActionMenuItem):
    """The entry in the action menu of a published course, for those who may release."""

    label = gettext_lazy("Release to learners…")
    name = "action-release"
    icon_name = "upload"

    def is_shown(self, context) -> bool:
        page = context.get("page")
        return bool(
            context["view"] == "edit"
            and isinstance(page, CoursePage)
            and page.live
            and page.alias_of_id is None
            and context["request"].user.has_perm(MAY_RELEASE)
        )

    def get_url(self, parent_context) -> str:
        return reverse("course_release", args=[parent_context["page"].pk])


def header_button(page, user, **kwargs):
    """The same link in the page header, so that people need not open the action menu to find it."""
    if (
        isinstance(page.specific_deferred, CoursePage)
        and page.live
        and not page.alias_of_id
        and user.has_perm(MAY_RELEASE)
    ):
        yield Button(
            label=_("Release to learners…"),
            url=reverse("course_release", args=[page.pk]),
            icon_name="upload",
            priority=5,
        )


def release_view(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Show what a release would change. POST makes the release."""
    course = get_object_or_404(CoursePage, pk=page_id, alias_of=None)
    if not request.user.has_perm(MAY_RELEASE):
        raise PermissionDenied
    if not course.live:
        messages.warning(request, _("This course is not published yet. Submit it for review first."))
        return redirect("wagtailadmin_pages:edit", course.pk)
    changes = _with_lessons(course, _with_numbers(course, releases.changes(course)))
    form = ReleaseForm(request.POST or None, changes)
    if request.method == "POST" and form.is_valid() and not changes["empty"]:
        data = form.cleaned_data
        withdraw = data.get("withdraw", False)
        try:
            new_release = releases.release(course, data["kind"], request.user, data["note"], withdraw, data["corrects"])
        except roles.NotForOneself:
            messages.error(
                request,
                _("Nothing was released: you take this course and would be let off a test. Ask another trainer."),
            )
            return redirect("course_release", course.pk)
        except releases.ReleasedMeanwhile:
            messages.error(
                request, _("Somebody else has just released this course, so nothing was made. Look at what is left.")
            )
            return redirect("course_release", course.pk)
        if new_release:
            messages.success(request, _("Release %(number)s is now open to learners.") % {"number": new_release.number})
        else:
            messages.info(request, _("Nothing has changed for learners, so no release was made."))
        return redirect("wagtailadmin_pages:edit", course.pk)
    context = {
        "course": course,
        "form": form,
        "changes": changes,
        "next_number": releases.next_number(changes["latest"]),
    }
    return render(request, "courses/admin/release.html", context)
