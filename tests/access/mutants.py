"""One mutant for each of our permission checks and scope filters: what is cut, and which requests must notice.

A new protection needs a mutant: the function, the code that protects, its replacement, and the URL patterns of
tests/access/policy.py that it protects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from tests.access.forms import form_data
from tests.access.matrix import Matrix
from tests.access.overreach import (
    counts_of_other_countries,
    essays_of_other_countries,
    powers_without_second_step,
    regrades_with_one_country,
    reports_of_other_countries,
    role_of_another_country,
    visible_without_scope,
)
from tests.support.mutations import Mutation


@dataclass(frozen=True)
class Mutant:
    mutation: Mutation
    patterns: tuple[str, ...] = ()
    check: Callable[[Matrix], Iterator] | None = None

    def __str__(self) -> str:
        return str(self.mutation)

    def mistakes(self, matrix: Matrix) -> Iterator:
        """Yield what the matrix finds wrong for the patterns and the check of this mutant."""
        if self.check:
            yield from self.check(matrix)
        yield from matrix.mistakes(self.patterns)


def mutant(where: str, cut: str, put: str = "", *patterns: str, check=None) -> Mutant:
    return Mutant(Mutation(where, cut, put), patterns, check)


def without(decorator: str, module: str, *views: tuple[str, str]) -> list[Mutant]:
    """Return one mutant for each (view, URL pattern): the view without this decorator."""
    return [mutant(f"{module}:{view}", f"{decorator}\n", "", pattern) for view, pattern in views]


def unguarded(where: str, cut: str, put: str, pattern: str = "certificates:pdf") -> Mutant:
    """Return a mutant that staff without the second step must notice at this pattern."""
    return mutant(where, cut, put, check=lambda matrix: powers_without_second_step(matrix, pattern))


def profile_without_csrf_token(matrix: Matrix) -> Iterator:
    yield from (case for case in matrix.requests_without_csrf_token(["profile"]) if not case.result.csrf_refused)


def accommodations_in_other_countries(matrix: Matrix) -> Iterator[str]:
    """Yield a form that Rosa may send: she manages Kenya, and Mona works in Egypt."""
    form = form_data("accommodations:add", matrix.world) | {"email": matrix.world.people.mona.email}
    result = matrix.visitor("rosa").send("POST", reverse("accommodations:add"), form)
    if result.status != 200:
        yield f"accommodations:add as rosa, for mona: {result}"


# The listing checks nothing, but the menu, which reads the same attribute of the class, still works. With None there,
# Wagtail's menu would break the page for everybody, and nobody would be let in.
POLICY = "accounts.admin.permissions:ScopedPermissionPolicy"
UNCHECKED = 'type("Unchecked", (), {"__get__": lambda self, view, listing: None if view else ["view"]})()'


ACCOUNTS = [
    mutant("accounts.scoping:in_scope", 'models.Q(**{f"{country}__in": countries})', "models.Q()", "attempts:inspect"),
    mutant("accounts.scoping:in_scope", '**({"role": role} if role else {})', "", check=role_of_another_country),
    mutant("accounts.scoping:in_scope", "if ANYWHERE in countries", "if True", "attempts:inspect"),
    mutant(
        "accounts.scoping:PersonalQuerySet.visible_to",
        '.filter(in_scope(user, f"{self._person()}__country", role))',
        "",
        *("attempts:inspect", "certificates:pdf", "completion_report"),
    ),
    mutant(
        "accounts.scoping:PersonalQuerySet.of",
        ".filter(**{self._person(): person})",
        "",
        *("leave", "certificates:mine", "copy_file", "quizzes:result"),
    ),
    mutant(
        "accounts.models.people:User.is_staff_member",
        "self.is_active and access.filter(held).exists()",
        "True",
        "wagtail_serve",
    ),
    mutant("accounts.models.people:User.is_staff_member", "access.filter(held)", "access", "wagtail_serve"),
    mutant("accounts.roles:is_administrator", " and user.is_superuser", "", "roles:add"),
    mutant("accounts.roles:is_administrator", "user.is_active and user.is_superuser", "True", "erase_person"),
    mutant("accounts.roles:holds", "if user.is_superuser", "if True", "register:index"),
    mutant("accounts.roles:holds", ".filter(user=user)", "", "register:index"),
    mutant("accounts.roles:_scopes", "scopes.filter(role__in=roles)", "scopes", "register:index"),
    mutant("accounts.roles:_scopes", "scopes.filter(country=ANYWHERE)", "scopes", check=regrades_with_one_country),
    mutant(
        "accounts.admin.people:RolePermissionPolicy.user_has_permission",
        ' and action in ("add", "delete", "view")',
        "",
        "roles:edit",
    ),
    mutant(f"{POLICY}.user_has_permission", ", *self.roles", "", "register:index"),
    mutant(f"{POLICY}.user_has_permission", "holds(user, *self.roles)", "True", check=visible_without_scope),
    mutant(f"{POLICY}.instances_user_has_any_permission_for", ", *self.roles", "", check=role_of_another_country),
    mutant(
        f"{POLICY}.instances_user_has_any_permission_for",
        "visible_to(user, *self.roles)",
        "everybody('a mutant')",
        *("register:index", "register:revoke", "attempts:index", "accommodations:index", "accommodations:delete"),
    ),
    mutant(
        "accounts.admin.records:VisibleRecordsMixin.any_permission_required",
        '["view"]',
        UNCHECKED,
        *("register:index", "attempts:index", "accommodations:index"),
    ),
    mutant(
        "accounts.admin.records:RecordIndexView.get_base_queryset",
        "self.visible_records()",
        "self.model._default_manager.everybody('a mutant')",
        *("register:index", "accommodations:index"),
    ),
    mutant(
        "accounts.admin.records:RecordMixin.get_object",
        "self.visible_records()",
        "self.model._default_manager.everybody('a mutant')",
        *("register:inspect", "register:revoke", "accommodations:delete"),
    ),
    mutant("accounts.authentication.decorators:signed_in", "if request.user.is_authenticated", "if True", "learning"),
    mutant(
        "accounts.admin.audit:AuditTrailView.user_has_any_permission",
        "roles.is_administrator(self.request.user)",
        "True",
        "audit_trail",
    ),
    *without("@login_required", "accounts.emails.views", ("try_again", "try_email_again")),
    mutant(
        "accounts.admin.emails:EmailPermissionPolicy.user_has_permission",
        "roles.is_administrator(user)",
        "True",
        "emails:index",
    ),
    mutant(
        "accounts.admin.emails:EmailPermissionPolicy.instances_user_has_any_permission_for",
        " and roles.is_administrator(user)",
        "",
        "emails:inspect",
    ),
    *without(
        "@login_required",
        "accounts.views",
        ("profile", "profile"),
        ("sign_out_elsewhere", "sign_out_elsewhere"),
    ),
    *without("@require_POST", "accounts.views", ("sign_out_elsewhere", "sign_out_elsewhere")),
    unguarded("accounts.authentication.mfa:StaffSecondFactorMiddleware.__call__", "not was_shown(request)", "False"),
    unguarded("accounts.authentication.powers:withhold", "CACHING_POLICIES", "()", "quizzes:rehearse_item"),
    unguarded("accounts.models.people:WithheldAttribute.__get__", "return False", "pass", "quizzes:rehearse_item"),
    unguarded("accounts.models.people:User.is_staff", "not self.powers_withheld and", "", "wagtail_serve"),
    unguarded("accounts.authentication.powers:withhold", '"groups": Group.objects.none(),', "", "standards:confirm"),
    unguarded("accounts.scoping:in_scope", " or user.powers_withheld", "", "certificates:pdf"),
]

CERTIFICATES = [
    mutant("certificates.models:CertificateQuerySet.readable_by", ".filter(own_or_in_scope)", "", "certificates:pdf"),
    mutant(
        "certificates.admin:CertificateMixin.visible_records",
        "super().visible_records()",
        "(super() and Certificate.objects.everybody('a mutant'))",
        "register:revoke",
    ),
    mutant(
        "certificates.views:pdf",
        "Certificate.objects.readable_by(request.user)",
        "Certificate.objects.everybody('a mutant')",
        "certificates:pdf",
    ),
    *without(
        "@login_required",
        "certificates.views",
        ("pdf", "certificates:pdf"),
        ("my_certificates", "certificates:mine"),
        ("my_certificates_rows", "certificates:mine_rows"),
    ),
]

STANDARDS = [
    mutant(
        "standards.views:confirm",
        "not (isinstance(editor, User) and editor.has_perm(confirmations.PERMISSION))",
        "False",
        "standards:confirm",
    ),
    *without("@login_required", "standards.views", ("confirm", "standards:confirm")),
    *without("@require_POST", "standards.views", ("confirm", "standards:confirm")),
    mutant(
        "standards.wagtail_hooks:ReadOnlyPolicy.user_has_permission",
        'action in ("view", "choose") and',
        "",
        "wagtailsnippets_standards_statement:edit",
    ),
]

COURSES = [
    mutant(
        "courses.access:visit",
        "may_read = not step_key or in_release or first or staff or told",
        "may_read = True",
        "wagtail_serve",
    ),
    mutant(
        "courses.access:visit",
        "first = step_key == _first_lesson_key(course, study, language)",
        "first = True",
        "wagtail_serve",
    ),
    mutant("courses.access:visit", "request.user.is_authenticated and request.user.is_staff", "True", "wagtail_serve"),
    mutant("courses.access:visit", " and request.user.is_staff", "", "wagtail_serve"),
    mutant("courses.access:visit", "study and study.enrolment and study.current_step", "True", "wagtail_serve"),
    mutant("courses.studies:RECORDS", "enrolment.learner_id = %(learner)s", "TRUE", "wagtail_serve"),
    mutant("courses.wagtail_hooks:attach_study", "if not visit.may_read", "if False", "wagtail_serve"),
    mutant("courses.models.pages:HomePage.route", " AND live", "", "wagtail_serve"),
    mutant("courses.documents:before_serve_document", "may_edit(request.user, document)", "True", "wagtaildocs_serve"),
    mutant("courses.documents:before_serve_document", "visit.may_read", "True", "wagtaildocs_serve"),
    mutant("courses.documents:before_serve_document", "raise Http404", "return None", "wagtaildocs_serve"),
    mutant("courses.documents:pages_using", ".live()", "", "wagtaildocs_serve"),
    mutant(
        "courses.admin.release:release_view", "if not request.user.has_perm(MAY_RELEASE)", "if False", "course_release"
    ),
    mutant("courses.views:confirm_notice", "of(request.user)", "everybody('a mutant')", "confirm_notice"),
    mutant("courses.views:_own_enrolment", "of(request.user)", "everybody('a mutant')", "step_note"),
    mutant("courses.problem_reports.views:withdraw", "of(request.user)", "everybody('a mutant')", "withdraw_report"),
    mutant(
        "courses.admin.problem_reports:ProblemReportsMixin.visible_records",
        "super().visible_records()",
        "(super() and ProblemReport.objects.everybody('a mutant'))",
        check=reports_of_other_countries,
    ),
    *without(
        "@signed_in",
        "courses.problem_reports.views",
        ("_report_page", "report_problem"),
        ("my_reports", "my_reports"),
        ("withdraw", "withdraw_report"),
    ),
    *without("@require_POST", "courses.problem_reports.views", ("withdraw", "withdraw_report")),
    *without(
        "@signed_in",
        "courses.views",
        ("learning", "learning"),
        ("confirm_notice", "confirm_notice"),
        ("join", "join"),
        ("leave", "leave"),
        ("renew", "renew"),
        ("done", "step_done"),
        ("position", "step_position"),
        ("note", "step_note"),
    ),
    *without(
        "@require_POST",
        "courses.views",
        ("confirm_notice", "confirm_notice"),
        ("join", "join"),
        ("renew", "renew"),
        ("done", "step_done"),
        ("position", "step_position"),
        ("note", "step_note"),
    ),
]

QUIZZES = [
    mutant("quizzes.views:_own_attempt", "of(request.user)", "everybody('a mutant')", "quizzes:result"),
    mutant(
        "quizzes.views:_own_item",
        "item is None or item.attempt.enrolment.learner_id != request.user.pk",
        "item is None",
        "quizzes:save",
    ),
    mutant("quizzes.problem_reports:report", "of(request.user)", "everybody('a mutant')", "quizzes:report"),
    *without("@signed_in", "quizzes.problem_reports", ("report", "quizzes:report")),
    mutant("quizzes.views:start", "of(request.user)", "everybody('a mutant')", "quizzes:start"),
    *without(
        "@signed_in",
        "quizzes.views",
        ("start", "quizzes:start"),
        ("resume", "quizzes:attempt"),
        ("item", "quizzes:item"),
        ("save", "quizzes:save"),
        ("hand_in", "quizzes:hand_in"),
        ("leave", "quizzes:leave"),
        ("result", "quizzes:result"),
    ),
    *without("@require_POST", "quizzes.views", ("start", "quizzes:start"), ("save", "quizzes:save")),
    mutant(
        "quizzes.permissions:may_regrade",
        " and holds(user, Role.TRAINER, Role.REVIEWER, everywhere=True)",
        "",
        check=regrades_with_one_country,
    ),
    mutant(
        "quizzes.admin.regrades:RegradePolicy.user_has_permission",
        " and permissions.may_regrade(user)",
        "",
        "regrades:index",
    ),
    mutant(
        "quizzes.admin.regrades:RegradePermissionMixin.setup",
        "if not permissions.may_regrade(request.user)",
        "if False",
        "regrades:begin",
    ),
    mutant(
        "quizzes.regrades.verbs:_decide",
        "if not permissions.may_decide(by)",
        "if False",
        *("regrades:apply", "regrades:revert"),
    ),
    mutant("quizzes.permissions:may_decide", "holds(user, Role.REVIEWER, everywhere=True)", "True", "regrades:apply"),
    mutant("quizzes.admin.regrades:RegradeIndexView.any_permission_required", '["view"]', UNCHECKED, "regrades:index"),
    mutant("quizzes.manual_marking:may_mark", "holds(user, Role.TRAINER, Role.REVIEWER)", "True", "marking:queue"),
    mutant("quizzes.manual_marking:may_mark", ", Role.TRAINER, Role.REVIEWER", "", "marking:queue"),
    mutant(
        "quizzes.admin.manual_marking:MarkersOnlyMixin.setup",
        "if not manual_marking.may_mark(request.user)",
        "if False",
        "marking:queue",
    ),
    mutant(
        "quizzes.admin.manual_marking:_marker_or_denied",
        "if not manual_marking.may_mark(request.user)",
        "if False",
        "marking:take",
    ),
    mutant(
        "quizzes.models.manual_marking:MarkingQuerySet.unfinished_of",
        ".filter(marker=marker, at=None)",
        "",
        "marking:mark",
    ),
    mutant(
        "quizzes.models.manual_marking:ScriptQuerySet.waiting_for",
        "self.for_marker(marker)",
        "self.everybody('a mutant')",
        check=essays_of_other_countries,
    ),
    *without(
        "@require_POST", "quizzes.admin.manual_marking", ("take", "marking:take"), ("put_back", "marking:put_back")
    ),
    mutant(
        "quizzes.admin.accommodations:AccommodationsMixin.visible_records",
        "super().visible_records()",
        "(super() and Accommodation.objects.everybody('a mutant'))",
        "accommodations:delete",
    ),
    mutant(
        "quizzes.admin.accommodations:AccommodationForm.clean_email",
        '.filter(in_scope(self.by, "country"))',
        check=accommodations_in_other_countries,
    ),
    mutant(
        "quizzes.admin.records:AttemptsMixin.visible_records",
        "super().visible_records()",
        "(super() and Attempt.objects.everybody('a mutant'))",
        "attempts:index",
    ),
]

PROGRAMMES = [
    mutant(
        "programmes.reports:may_read",
        "holds(user, Role.MANAGER)",
        "True",
        "completion_report",
    ),
    mutant("programmes.reports:may_read", ", Role.MANAGER", "", "completion_report"),
    mutant(
        "programmes.reports:PeopleReportView.user_has_any_permission",
        "may_read(self.request.user)",
        "True",
        "completion_report",
    ),
    mutant(
        "programmes.reports:rows",
        "visible_to(user, Role.MANAGER)",
        "everybody('a mutant')",
        "completion_report",
    ),
    mutant("programmes.reports:rows", ", Role.MANAGER", "", check=role_of_another_country),
    mutant(
        "programmes.corrections:rows",
        "visible_to(user, Role.MANAGER)",
        "everybody('a mutant')",
        "correction_report",
    ),
    mutant(
        "programmes.reports:CompletionFilterSet.__init__",
        "visible_to(self.request.user, Role.MANAGER)",
        "everybody('a mutant')",
        check=counts_of_other_countries,
    ),
    mutant(
        "programmes.admin:ProgrammePanel.get_context_data",
        "visible_to(user, Role.MANAGER)",
        "everybody('a mutant')",
        check=counts_of_other_countries,
    ),
    mutant("privacy.views:copy_file", "of(request.user)", "everybody('a mutant')", "copy_file"),
    mutant("privacy.views:your_data", "of(request.user)", "everybody('a mutant')", "your_data"),
    mutant(
        "privacy.admin:ErasePersonView.setup",
        "if not roles.is_administrator(request.user)",
        "if False",
        "erase_person",
    ),
    *without("@login_required", "privacy.views", ("your_data", "your_data")),
    *without("@require_POST", "privacy.views", ("make_copy", "make_copy")),
]

ELEARNING = [
    mutant(
        "elearning.admin.access:administrators_only",
        "if not roles.is_administrator(request.user)",
        "if False",
        *("failed_work", "failed_work_again", "test_email"),
    ),
    *without("@require_POST", "elearning.admin.failed_work", ("try_again", "failed_work_again")),
    *without("@require_POST", "elearning.admin.email_test", ("send_test_email", "test_email")),
    mutant("elearning.metrics.views:show", "if not may_see_details(request)", "if False", "metrics"),
    mutant(
        "elearning.health.access:may_see_details",
        "has_token(request) or roles.is_administrator(request.user)",
        "True",
        "metrics",
    ),
    mutant(
        "elearning.middleware.methods:AllowedMethodsMiddleware.process_view",
        "request.method in METHODS or",
        "True or",
        "profile",
    ),
    mutant("elearning.views:admin_login", "not request.user.is_staff_member", "False", "admin/login/"),
    mutant("elearning.pictures:staff_picture", " or not request.user.is_staff", "", "staff_picture"),
    mutant(
        "elearning.middleware.authors_only:AuthorsOnlyMiddleware.process_view",
        "None if user_has_any_page_permission(request.user) else permission_denied(request)",
        "None",
        *(
            "wagtailadmin_choose_page_chosen_multiple",
            "wagtailadmin_pages:move_confirm",
            "wagtailadmin_api:documents:find",
        ),
    ),
    mutant("elearning.views:disabled_page", "raise Http404", "return HttpResponse()", "admin/failwhale/"),
    mutant(
        "django.middleware.csrf:CsrfViewMiddleware.process_view",
        'if getattr(request, "csrf_processing_done", False)',
        "if True",
        check=profile_without_csrf_token,
    ),
]

MUTANTS = [*ACCOUNTS, *CERTIFICATES, *STANDARDS, *COURSES, *QUIZZES, *PROGRAMMES, *ELEARNING]
