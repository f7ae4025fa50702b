"""Accommodations in the admin: give extra time or attempts to people in one's own countries, and remove them."""

from __future__ import annotations

from typing import cast

from django import forms
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import ButtonsColumnMixin, Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from accounts.admin.records import RecordIndexView, RecordMixin, RecordViewSet, VisibleRecordsMixin
from accounts.models import User
from accounts.scoping import in_scope
from quizzes import accommodations
from quizzes.models.pages import QuizPage
from quizzes.models.records import Accommodation, title_of_page

MAX_EXTRA_MINUTES, MAX_EXTRA_ATTEMPTS = 600, 20


class AccommodationForm(forms.ModelForm):
    """Give an accommodation to a person named by email address. The view passes the signed-in user as `for_user`."""

    by: User
    email = forms.EmailField(label=gettext_lazy("Email address of the person"))
    quiz = forms.ChoiceField(label=gettext_lazy("Test"))
    extra_minutes = forms.IntegerField(
        label=gettext_lazy("Extra minutes"), min_value=0, max_value=MAX_EXTRA_MINUTES, initial=0,
        help_text=gettext_lazy("A running test gets them at once."),
    )  # fmt: skip
    extra_attempts = forms.IntegerField(
        label=gettext_lazy("Extra attempts before a pause"), min_value=0, max_value=MAX_EXTRA_ATTEMPTS, initial=0
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=250, help_text=gettext_lazy("The person can read it in their data.")
    )
    field_order = ["email", "quiz", "extra_minutes", "extra_attempts", "reason"]

    class Meta:
        model = Accommodation
        fields = ["extra_minutes", "extra_attempts", "reason"]

    def __init__(self, *args, for_user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = for_user
        self.tests_by_pk = {str(page.pk): page for page in QuizPage.objects.live().order_by("path")}
        parents = {page.pk: page.get_parent().title for page in self.tests_by_pk.values()}
        choices = [(pk, f"{parents[page.pk]}: {page.title}") for pk, page in self.tests_by_pk.items()]
        cast(forms.ChoiceField, self.fields["quiz"]).choices = choices

    def clean_email(self) -> User:
        person = User.objects.with_email(self.cleaned_data["email"]).filter(in_scope(self.by, "country")).first()
        if person is None:
            raise forms.ValidationError(_("Nobody in your countries has an account with this email address."))
        if person == self.by:
            raise forms.ValidationError(_("You cannot give extra time or attempts to yourself. Ask a colleague."))
        return person

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("extra_minutes") == 0 and cleaned.get("extra_attempts") == 0:
            raise forms.ValidationError(_("Give at least one extra minute or attempt."))
        return cleaned

    def save(self, commit: bool = True) -> Accommodation:
        cleaned = self.cleaned_data
        self.instance = accommodations.give(
            cleaned["email"],
            self.tests_by_pk[cleaned["quiz"]],
            cleaned["extra_minutes"],
            cleaned["extra_attempts"],
            cleaned["reason"],
            self.by,
        )
        return self.instance


class PersonColumn(ButtonsColumnMixin, TitleColumn):
    """The person, with a button to remove the accommodation. There is no edit page."""

    def get_buttons(self, instance, parent_context):
        attrs = {"aria-label": _("Remove: %(what)s") % {"what": f"{instance.learner}, {instance.title}"}}
        url = reverse("accommodations:delete", args=[instance.pk])
        return [Button(_("Remove"), url, attrs=attrs)]


class AccommodationsMixin(VisibleRecordsMixin):
    def visible_records(self):
        return super().visible_records().annotate(title_today=title_of_page()).select_related("learner")


class AccommodationIndexView(AccommodationsMixin, RecordIndexView):
    add_item_label = gettext_lazy("Give extra time or attempts")
    default_ordering = "-at"
    search_fields = ["learner__name", "learner__email", "quiz_title", "title_today"]
    list_display = [
        PersonColumn("learner", label=gettext_lazy("Person"), sort_key="learner__name"),
        Column("title", label=gettext_lazy("Test"), sort_key="title_today"),
        Column("extra_minutes", label=gettext_lazy("Extra minutes")),
        Column("extra_attempts", label=gettext_lazy("Extra attempts")),
        Column("reason", label=gettext_lazy("Reason")),
        DateColumn("at", label=gettext_lazy("Given on"), sort_key="at"),
    ]


class GrantAccommodationView(generic.CreateView):
    page_title = gettext_lazy("Give extra time or attempts")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"for_user": self.request.user}

    def save_instance(self):
        return self.form.save()

    def get_success_buttons(self):
        """No buttons: there is no edit page to link to."""
        return []


class RemoveAccommodationView(AccommodationsMixin, RecordMixin, generic.DeleteView):
    page_title = gettext_lazy("Remove extra time or attempts")

    @property
    def confirmation_message(self):
        return _("It will not apply to the next attempt. A running test keeps its extra time.")

    def get_usage_url(self):
        """No link: nothing refers to an accommodation."""

    def delete_action(self) -> None:
        accommodations.take_away(self.object, self.request.user)


class AccommodationViewSet(RecordViewSet):
    model = Accommodation
    name = "accommodations"
    icon = "time"
    menu_label = gettext_lazy("Extra time")
    menu_order = 246
    inspect_view_enabled = False
    index_view_class = AccommodationIndexView
    add_view_class = GrantAccommodationView
    delete_view_class = RemoveAccommodationView

    def get_form_class(self, for_update=False):
        return AccommodationForm

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("new/", self.add_view, name="add"),
            path("<int:pk>/take-away/", self.delete_view, name="delete"),
        ]
