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

from accounts.authentication.requests import SignedInRequest
from courses import corrections, notices, outline, releases
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease

MAY_RELEASE = "courses.add_courserelease"


class ReleaseForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What does it mean for people who are taking the course?"), widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("What is new, in a sentence for learners"),
        help_text=gettext_lazy("Of a correction of safety: what was wrong, and what is right."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    corrects = forms.MultipleChoiceField(
        label=gettext_lazy("Only for a correction of safety: which lessons or tests were wrong?"),
        help_text=gettext_lazy(
            "Publish the right text first. Everybody who has opened, taken or done one of them, or has completed the"
            " course, is told by email and on their pages, and is listed in the report “Corrections” until they confirm"
            " that they have read it."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    without_test = forms.BooleanField(required=False)

    def __init__(self, data, course: CoursePage, changes: dict, may_decide: bool):
        """Offer what is possible. Ask for the decision about tests only where one is needed, and only who may decide."""
        super().__init__(data)
        self.course, self.changes, self.may_decide = course, changes, may_decide
        kinds = [kind for kind in CourseRelease.Kind.choices if kind[0] in changes["kinds"]]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        self.initial["kind"] = changes["kinds"][0] if changes["kinds"] else ""
        cast(forms.MultipleChoiceField, self.fields["corrects"]).choices = changes["correctable"]
        undecided = {kind: steps for kind, steps in changes["withdrawn_tests"].items() if self._needs_decision(kind)}
        self.withdrawn = _titles(max(undecided.values(), key=len, default=[]), changes)
        self.only_required = bool(self.withdrawn) and list(undecided) == [CourseRelease.Kind.REQUIRED]
        self.reviewer_decides = bool(undecided) and not may_decide
        if undecided and may_decide:
            field = self.fields["without_test"]
            field.label = self._decision()
            field.help_text = _people_affected(changes) if self.withdrawn else ""
        else:
            del self.fields["without_test"]

    def _needs_decision(self, kind: str) -> bool:
        changes = self.changes
        if kind not in changes["kinds"] or kind == CourseRelease.Kind.CORRECTION:
            return False
        return releases.needs_decision(changes["outline"], changes["withdrawn_tests"][kind])

    def _decision(self) -> str:
        if self.withdrawn:
            return _("No longer required: %(tests)s") % {"tests": self.withdrawn}
        return _("No test is required: people get a certificate without one")

    @property
    def problem(self) -> str:
        """What is wrong with a release that nobody has decided."""
        if self.only_required:
            what = _("A required release would no longer ask for %(tests)s.") % {"tests": self.withdrawn}
        elif self.withdrawn:
            what = _("This release would no longer ask for %(tests)s.") % {"tests": self.withdrawn}
        else:
            what = _("This course has no published test, so people would get a certificate without one.")
        if self.may_decide:
            return f"{what} {_('Publish it, or say here that nobody needs it.')}"
        return f"{what} {_('Publish it, or ask a reviewer for all countries to make this release.')}"

    def clean(self) -> dict:
        """A correction says what was wrong, and where the right text can be read. Fewer tests are a decision."""
        data = super().clean() or {}
        kind = data.get("kind", "")
        if kind == CourseRelease.Kind.CORRECTION:
            for name in ("note", "corrects"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A correction of safety needs this."))
            if wrong := corrections.not_corrected(self.course.translation_key, data.get("corrects", [])):
                text = _(
                    "Publish the right text first. Nothing new is published, or a draft still waits, in: %(titles)s"
                )
                titles = _titles([{"key": key} for key in wrong], self.changes)
                self.add_error("corrects", text % {"titles": titles})
        else:
            if self._needs_decision(kind) and not data.get("without_test"):
                self.add_error("without_test" if self.may_decide else "kind", self.problem)
            for problem in self.changes["problems"] if kind else ():
                self.add_error("kind", problem)
        return data


def _titles(steps: list[dict], changes: dict) -> str:
    return ", ".join(str(page.title) for page in outline.titles(steps, changes["pages"]))


def _people_affected(changes: dict) -> str:
    """What a required release without these tests means for people under way, in numbers."""
    needed = [step for step in changes["outline"] if step["required"]]
    completed, kept = changes["moved"].with_all_of(needed).count(), changes["kept_back"].count()
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


def _with_correctable(course: CoursePage, changes: dict) -> dict:
    """`changes` with the steps that a correction may name, each with how many people it would tell."""
    steps = corrections.correctable(course.translation_key)
    people = notices.count_readers(course.translation_key, [step["key"] for step in steps])
    pages = changes["pages"] | outline.pages_by_key({step["key"] for step in steps}, course.locale.language_code)
    named = zip(people.items(), outline.titles(steps, pages), strict=True)
    choices = [
        (
            key,
            ngettext("%(lesson)s (%(n)s person to tell)", "%(lesson)s (%(n)s people to tell)", count)
            % {"lesson": f"{page.number} {page.title}".strip(), "n": count},
        )
        for (key, count), page in named
    ]
    return changes | {"correctable": choices, "pages": pages}


def _can_be_released(page: CoursePage, user) -> bool:
    """Whether to offer the page. A course that is closed may still have a wrong text to correct."""
    if page.alias_of_id or not user.has_perm(MAY_RELEASE):
        return False
    return page.live or releases.current(page.translation_key) is not None


class ReleaseMenuItem(ActionMenuItem):
    """The entry in the action menu of a course, for those who may release."""

    label = gettext_lazy("Release to learners…")
    name = "action-release"
    icon_name = "upload"

    def is_shown(self, context) -> bool:
        page = context.get("page")
        if context["view"] != "edit" or not isinstance(page, CoursePage):
            return False
        return _can_be_released(page, context["request"].user)

    def get_url(self, parent_context) -> str:
        return reverse("course_release", args=[parent_context["page"].pk])


def header_button(page, user, **kwargs):
    """The same link in the page header, so that people need not open the action menu to find it."""
    if isinstance(page.specific_deferred, CoursePage) and _can_be_released(page, user):
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
    changes = releases.changes(course)
    if not course.live and changes["latest"] is None:
        messages.warning(request, _("This course is not published yet. Submit it for review first."))
        return redirect("wagtailadmin_pages:edit", course.pk)
    changes = _with_correctable(course, changes)
    form = ReleaseForm(request.POST or None, course, changes, releases.may_decide(request.user))
    if request.method == "POST" and form.is_valid():
        return _release(request, course, form.cleaned_data)
    context = {
        "course": course,
        "form": form,
        "changes": changes,
        "next_number": releases.next_number(changes["latest"]),
    }
    return render(request, "courses/admin/release.html", context)


def _release(request: SignedInRequest, course: CoursePage, data: dict) -> HttpResponse:
    """Make the release of a valid form, and say what became of it."""
    decided = data.get("without_test", False)
    try:
        new_release = releases.release(
            course, data["kind"], request.user, data["note"], without_test=decided, corrects=data["corrects"]
        )
    except (
        releases.ReleasedMeanwhile,
        releases.DecisionNeeded,
        releases.CannotRelease,
        releases.NotCorrected,
    ):
        text = _("Somebody else has just released or changed this course, so nothing was made. Look at what is left.")
        messages.error(request, text)
        return redirect("course_release", course.pk)
    if new_release is None:
        messages.info(request, _("Nothing has changed for learners, so no release was made."))
        return redirect("wagtailadmin_pages:edit", course.pk)
    messages.success(request, _("Release %(number)s is now open to learners.") % {"number": new_release.number})
    if new_release.without_test:
        text = _(
            "You decided about its tests. If you take this course yourself, you need the tests that it had before."
        )
        messages.info(request, text)
    return redirect("wagtailadmin_pages:edit", course.pk)
