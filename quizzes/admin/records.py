"""The question bank and the attempts in the admin."""

from __future__ import annotations

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, LiveStatusTagColumn, TitleColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from accounts.admin.records import RecordIndexView, RecordInspectView, RecordViewSet, VisibleRecordsMixin
from accounts.audit.trail import Verb
from accounts.shares import points
from courses.outline import pages_by_key
from quizzes import permissions, results
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Level, Question
from quizzes.models.records import Attempt, AttemptState
from quizzes.question_types import QUESTION_TYPES


class QuestionFilterSet(WagtailFilterSet):
    pool = django_filters.AllValuesFilter(field_name="pool", label=_("Pool"))
    level = django_filters.ChoiceFilter(choices=Level.choices, label=_("Level"))
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(name, question_type.label) for name, question_type in QUESTION_TYPES.items()],
        field_name="content__0__type",
        label=_("Question type"),
    )
    live = django_filters.ChoiceFilter(
        choices=[("true", _("Published")), ("false", _("Not published"))], method="published", label=_("Status")
    )

    class Meta:
        model = Question
        fields = ["pool", "level", "kind", "live"]

    def published(self, rows, _name: str, value: str):
        return rows.filter(live=value == "true")


class QuestionViewSet(SnippetViewSet):
    """The question bank. The permissions of Wagtail's groups apply, which quizzes.bootstrap sets."""

    model = Question
    icon = "help"
    menu_label = _("Questions")
    menu_order = 240
    add_to_admin_menu = True
    list_display = [
        "__str__",
        Column("type_label", label=_("Question type")),
        Column("pool", label=_("Pool"), sort_key="pool"),
        Column("get_level_display", label=_("Level"), sort_key="level"),
        LiveStatusTagColumn(),
        DateColumn("last_published_at", label=_("Published"), sort_key="last_published_at"),
    ]
    filterset_class = QuestionFilterSet
    list_per_page = 50
    export_filename = "questions"

    def register_chooser_viewset(self):
        """Register none: no field chooses a question, and a chooser would show them to everybody in the admin."""


class AttemptFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=AttemptState.choices, label=_("State"))
    quiz_key = django_filters.ChoiceFilter(label=_("Test"), empty_label=_("Any"))

    class Meta:
        model = Attempt
        fields = ["state", "quiz_key"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Only tests of attempts that this person may see: the choices must not reveal others.
        taken = Attempt.objects.visible_to(self.request.user).filter(quiz_key=OuterRef("translation_key"))
        keys = QuizPage.objects.filter(Exists(taken)).values_list("translation_key", flat=True)
        pages = pages_by_key(map(str, keys), get_language() or "")
        titles = ((key, page.title) for key, page in pages.items())
        self.filters["quiz_key"].extra["choices"] = sorted(titles, key=lambda choice: choice[1])


def person(attempt: Attempt) -> str:
    return str(attempt.enrolment.learner)


def score_text(attempt: Attempt) -> str:
    if attempt.score is None or attempt.max_score is None:
        return ""
    return f"{points(attempt.score)} / {points(attempt.max_score)}"


def passed_text(attempt: Attempt):
    return "" if attempt.passed is None else _("Passed") if attempt.passed else _("Not passed")


def right_or_wrong(question: results.ExplainedItem) -> dict[str, object]:
    """One question without anything that tells its key. A right answer would tell it, so no answer is in it."""
    outcome: object
    if question.left_out:
        outcome = _("Left out of the score")
    elif question.pending or not question.answered:
        outcome = question.remark
    elif question.partly:  # without the share, which could tell which part was right
        outcome = _("Partly right")
    else:
        outcome = _("Right") if question.earned else _("Not right")
    return {
        "number": question.item.position,
        "stem": question.content["stem"],
        "language": question.item.version.language,
        "outcome": outcome,
        "critical_error": question.critical_error,
    }


class AttemptsMixin(VisibleRecordsMixin):
    def visible_records(self):
        return (
            super()
            .visible_records()
            .with_result()
            .with_title()
            .select_related("enrolment__learner", "enrolment__release")
        )


class AttemptIndexView(AttemptsMixin, RecordIndexView):
    filterset_class = AttemptFilterSet
    search_fields = ["enrolment__learner__name", "enrolment__learner__email", "quiz_title"]
    default_ordering = "-started_at"
    list_display = [
        TitleColumn(
            "person",
            accessor=person,
            label=_("Person"),
            sort_key="enrolment__learner__name",
            url_name="attempts:inspect",
        ),
        Column("title", label=_("Test"), sort_key="title_today"),
        Column("course", accessor="enrolment.release.code", label=_("Course")),
        Column("number", label=_("Attempt"), sort_key="number"),
        Column("get_state_display", label=_("State"), sort_key="state"),
        Column("score", accessor=score_text, label=_("Score")),
        Column("passed", accessor=passed_text, label=_("Result")),
        DateColumn("started_at", label=_("Started"), sort_key="started_at"),
        DateColumn("submitted_at", label=_("Handed in"), sort_key="submitted_at"),
    ]

    def search_queryset(self, queryset):
        """Search the person, the former title of the test, and its title of today, which is looked up once for all."""
        if not self.is_searching:
            return queryset
        names = Q(*((f"{field}__icontains", self.search_query) for field in self.search_fields), _connector=Q.OR)
        titled = QuizPage.objects.filter(title__icontains=self.search_query).values("translation_key")
        return queryset.filter(names | Q(quiz_key__in=titled))


class AttemptInspectView(AttemptsMixin, RecordInspectView):
    """One attempt with its answers. The audit trail records each view."""

    verb = Verb.ATTEMPT_VIEWED
    fields = [
        *("person", "title", "number", "state", "started_at", "deadline", "submitted_at"),
        *("result", "pass_percent", "answers"),
    ]
    labels = {"person": _("Person"), "title": _("Test"), "result": _("Score"), "answers": _("Answers")}

    def get_person_display_value(self):
        return person(self.object)

    def get_title_display_value(self):
        return self.object.title

    def get_result_display_value(self):
        return score_text(self.object)

    def get_answers_display_value(self):
        """What was right and wrong, once the attempt is marked; with answers and keys for those who may see keys.

        Before that they stay hidden: nobody sees the keys of a running test, and people mark blind.
        """
        explained = [] if self.object.score is None else results.context(self.object)["explained"]
        keys = permissions.may_see_keys(self.request.user)
        rows = explained if keys else [right_or_wrong(question) for question in explained]
        return render_to_string("quizzes/admin/answers.html", {"attempt": self.object, "rows": rows, "keys": keys})


class AttemptViewSet(RecordViewSet):
    model = Attempt
    name = "attempts"
    icon = "form"
    menu_label = _("Test results")
    menu_order = 245
    index_view_class = AttemptIndexView
    inspect_view_class = AttemptInspectView
    inspect_view_fields = AttemptInspectView.fields
