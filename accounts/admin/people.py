"""Admin views of people, roles and the user's own settings, and which menu items each user sees."""

from django.db import transaction
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.admin.forms.account import NameEmailForm
from wagtail.admin.ui.tables import BooleanColumn, BulkActionsCheckboxColumn, Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.account import AccountView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.users.views.users import CreateView, EditView, IndexView, UserColumn, UserViewSet

from accounts import changes, roles
from accounts.admin.powers_email import tell_administrators
from accounts.admin.user_form import ChangedPersonForm, InvitationForm, RoleForm
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.emails.links import forgotten_password_page, one_time_link
from accounts.models import CountryScope, Role, User
from accounts.scoping import ANYWHERE


class PeopleIndexView(IndexView):
    page_title = _("People")
    add_item_label = _("Invite a person")
    search_fields = ["name", "email"]

    @property
    def columns(self):
        title = self._get_title_column_class(UserColumn)
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="user"),
            title("name", accessor=str, label=_("Name"), sort_key="name", get_url=self.get_edit_url, classname="name"),
            Column("email", label=_("Email address"), sort_key="email"),
            Column("country", accessor=lambda user: user.country.name, label=_("Country"), sort_key="country"),
            Column("roles", accessor=_roles, label=_("Roles")),
            BooleanColumn("is_active", label=_("May sign in"), sort_key="is_active"),
            DateColumn("last_login", label=_("Last sign-in"), sort_key="last_login"),
        ]

    def get_base_queryset(self):
        return super().get_base_queryset().prefetch_related("scopes")

    def order_queryset(self, queryset):
        """Order by any column. Wagtail's own method needs first_name and last_name; our User has neither."""
        return generic.IndexView.order_queryset(self, queryset)


def _roles(user: User) -> str:
    names = [f"{scope.get_role_display()} ({scope.country})" for scope in user.scopes.all()]
    return ", ".join([str(_("Administrator")), *names] if user.is_superuser else names)


class InviteView(CreateView):
    page_title = _("Invite a person")

    def save_instance(self):
        """Save the person. Without a password they get an email with a link to choose one."""
        person = super().save_instance()
        trail.record(Verb.PERSON_INVITED, self.request.user, person)
        if not person.has_usable_password():
            urls = {"password_url": one_time_link(person), "later_url": forgotten_password_page(person)}
            outgoing.send("invitation", person.email, urls, key=f"invitation:{person.uuid}", user=person)
        if person.is_superuser:
            tell_administrators(person, lambda: str(_("Administrator")))
        return person


class ChangePersonView(EditView):
    def save_instance(self):
        """Save the person. The old address is told about a new address or password, as of the person's own changes."""
        kind = self.form.sign_in_change()
        if kind is None:
            return self._save()
        if self.editing_self:
            with changes.recorded(self.object, kind):
                return self._save()
        with transaction.atomic():
            person = self._save()
            changes.changed_by_staff(person, kind, self.form.initial["email"], self.request.user)
        return person

    def _save(self):
        person = super().save_instance()
        changed = [name for name in self.form.changed_data if name not in ("your_password", "administrator_confirmed")]
        if self.form.makes_administrator():
            tell_administrators(person, lambda: str(_("Administrator")))
        if changed:
            # Only the names of the fields: the audit trail holds no personal data.
            trail.record(Verb.PERSON_CHANGED, self.request.user, person, fields=",".join(changed)[:64])
        if "is_active" in changed:
            _record_activation(self.request, person, person.is_active)
        return person


def _record_activation(request, person: User, active: bool) -> None:
    trail.record(Verb.PERSON_REACTIVATED if active else Verb.PERSON_DEACTIVATED, request.user, person)


def after_bulk_action(request, action_type, objects, action) -> None:
    """Record one audit entry for each person that a bulk action deactivates or activates."""
    if action_type == "set_active_state" and action.models == [User]:
        active = action.cleaned_form.cleaned_data["mark_as_active"]
        for person in objects:
            if person.pk != request.user.pk:  # Wagtail skips the acting user
                _record_activation(request, person, active)


class PeopleViewSet(UserViewSet):
    menu_label = _("People")
    ordering = "name"
    index_view_class = PeopleIndexView
    add_view_class = InviteView
    edit_view_class = ChangePersonView
    create_template_name = "wagtailadmin/generic/form.html"
    edit_template_name = "wagtailadmin/generic/edit.html"

    def get_form_class(self, for_update=False):
        return ChangedPersonForm if for_update else InvitationForm


class RolePermissionPolicy(ModelPermissionPolicy):
    """Administrators may add, delete and view roles. Nobody may edit a role: that would be a revocation and a grant in one."""

    def user_has_permission(self, user, action) -> bool:
        return roles.is_administrator(user) and action in ("add", "delete", "view")

    def user_has_any_permission(self, user, actions) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions):
        return User.objects.filter(is_active=True, is_superuser=True)


class RevokeRoleView(generic.DeleteView):
    page_title = _("Remove this role")
    success_message = _("“%(object)s” was removed. The change applies from the next page they open.")

    @property
    def confirmation_message(self):
        return _("They will no longer see these people’s records or do the work of this role. They keep their account.")

    def delete_action(self) -> None:
        log(self.object, "wagtail.delete", user=self.request.user, deleted=True)
        roles.revoke(self.object.user, self.object.role, self.object.country, self.request.user)


WHAT_ROLES_SEE = {
    Role.TRAINER: _("Trainers see the names, answers and results of learners, and mark their texts."),
    Role.REVIEWER: _(
        "Reviewers see the names, answers and results of learners, mark their texts and decide on regrades."
    ),
    Role.MANAGER: _("Managers see the names, email addresses and results of learners, and can revoke certificates."),
}


class GrantRoleView(generic.CreateView):
    """Give a role. A role for every country is asked about once more, on a page that holds what was entered."""

    def form_valid(self, form):
        self.form = form
        if "back" in self.request.POST:
            return self.render_to_response(self.get_context_data())
        return self._ask_again() if form.is_asked_again() else super().form_valid(form)

    def form_invalid(self, form):
        self.form = form
        answered = form.is_for_every_country and set(form.errors) == {"your_password"}
        return self._ask_again() if answered else super().form_invalid(form)

    def _ask_again(self):
        role = Role(self.form.cleaned_data["role"])
        context = self.get_context_data() | {"role": role.label, "meaning": WHAT_ROLES_SEE[role]}
        return TemplateResponse(self.request, "accounts/admin/every_country.html", context)

    def save_instance(self):
        scope = super().save_instance()
        tell_administrators(scope.user, lambda: f"{scope.get_role_display()}, {_country_name(scope.country)}")
        return scope


class RoleIndexView(generic.IndexView):
    add_item_label = _("Give a role")

    def get_base_queryset(self):
        return CountryScope.objects.select_related("user")


class RoleViewSet(ModelViewSet):
    model = CountryScope
    index_view_class = RoleIndexView
    add_view_class = GrantRoleView
    icon = "key"
    menu_label = _("Roles")
    menu_order = 605
    add_to_settings_menu = True
    copy_view_enabled = False
    add_to_reference_index = False
    delete_view_class = RevokeRoleView
    list_display = [
        "user",
        Column("email", accessor="user.email", label=_("Email address")),
        Column("role", accessor="get_role_display", label=_("Role"), sort_key="role"),
        Column(
            "country",
            accessor=lambda scope: _country_name(scope.country),
            label=_("For people in"),
            sort_key="country",
        ),
    ]
    list_filter = ["role", "country"]
    search_fields = ["user__name", "user__email"]
    ordering = ["user__name", "pk"]

    def get_form_class(self, for_update=False):
        return RoleForm


def _country_name(country: str) -> str:
    return str(_("every country")) if country == ANYWHERE else countries.name(country)


class AccountSettingsView(AccountView):
    """Wagtail's account page without the form for first and last name: people edit their name on our profile page."""

    def get_panels(self):
        return [panel for panel in super().get_panels() if panel.form_class is not NameEmailForm]


REPORTS_FOR_ALL = {"workflows", "aging-pages"}


def limit_reports_menu(request, items) -> None:
    """Show only the workflow and ageing-pages reports to users who are not administrators."""
    if not request.user.is_superuser:
        items[:] = [item for item in items if item.name in REPORTS_FOR_ALL]


def limit_help_menu(request, items) -> None:
    """Remove Wagtail's "What's new" item: it is about Wagtail, not about this product."""
    items[:] = [item for item in items if not item.name.startswith("whats-new")]


def add_publisher_names(report, pages):
    """Return the pages of Wagtail's ageing-pages report with the publishers' names instead of their usernames."""
    published = set(pages.values_list("last_published_by", flat=True))
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=published)}
    for page in pages:
        report.add_last_publisher_name_to_page(names, page)
    return pages
