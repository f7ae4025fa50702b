"""Who may open which URL: the declarations of every URL pattern, including those of Wagtail and allauth.

Declare a new pattern here (one of Wagtail's admin in tests/access/policy_admin.py). tests/access/test_matrix.py compares
the declarations with the resolver and sends requests as each person. The vocabulary is in tests/access/people.py: a page()
is read, a form() is read and sent, a button() is only sent, and what is gone() answers 404. The arguments of a new pattern
get real values in tests/access/addresses.py, its form fields in tests/access/forms.py.

Patterns for records are tried with Amina's (Kenya) and Mona's (Egypt). A dict declares several variants of one pattern.
"""

from django.conf import settings

from tests.access.people import (
    ADMINISTRATORS,
    AUTHORS,
    EVERYONE,
    LEARNERS,
    MANAGERS,
    MANAGERS_IN_SCOPE,
    NOBODY,
    OWNER,
    OWNER_AND_STAFF_IN_SCOPE,
    REVIEWERS,
    SIGNED_IN,
    STAFF,
    STAFF_IN_SCOPE,
    TRAINERS,
    Audience,
    Rules,
    button,
    form,
    gone,
    page,
)
from tests.access.policy_admin import WAGTAIL

METRICS = page(ADMINISTRATORS).without_login_redirect()
FRAME: Rules = {
    "health": page(EVERYONE),  # two words; the details are in tests/elearning/health/test_access.py
    "health_live": page(EVERYONE),
    "metrics": METRICS if settings.METRICS else METRICS.disabled(),  # missing without prometheus-client
    # in the admin
    "failed_work": page(ADMINISTRATORS),
    "failed_work_again": button(ADMINISTRATORS),
    "test_email": button(ADMINISTRATORS),
    "brand_css": form(EVERYONE),
    "messages_js": page(EVERYONE),
    # Off without a secret, and then for whoever has it: tests/accounts/emails/test_bounces.py
    "email_bounces": button(EVERYONE).disabled(),
    "robots": page(EVERYONE),
    "sitemap": page(EVERYONE),
    # Originals and portraits. Renditions are public, and no URL pattern: tests/elearning/test_pictures.py
    "staff_picture": page(STAFF).or_missing().without_login_redirect(),
}

ACCOUNTS: Rules = {
    "profile": form(SIGNED_IN),
    "sign_out_elsewhere": button(SIGNED_IN),
    "privacy": form(EVERYONE),
    "help": form(EVERYONE),
    # allauth
    "account_login": form(EVERYONE),
    "account_logout": form(EVERYONE),
    "account_inactive": page(EVERYONE),
    "account_signup": form(EVERYONE),
    "account_reauthenticate": form(SIGNED_IN),
    "account_email": form(SIGNED_IN),
    "account_email_verification_sent": page(EVERYONE),
    "account_confirm_email": form(EVERYONE),  # whoever has the link has read the email
    "undo_account_change": form(EVERYONE),  # whoever has the link has read the email
    "switch_off_emails": form(EVERYONE),  # whoever has the link has read the email
    "try_email_again": button(SIGNED_IN),
    "account_change_password": form(SIGNED_IN),
    "account_set_password": form(SIGNED_IN),
    "account_reset_password": form(EVERYONE),
    "account_reset_password_done": page(EVERYONE),
    "account_reset_password_from_key": form(EVERYONE),
    "account_reset_password_from_key_done": page(EVERYONE),
    "account_confirm_login_code": form(EVERYONE),  # codes are off: redirects to the sign-in page
    "mfa_index": page(SIGNED_IN),
    "mfa_authenticate": form(EVERYONE),  # without a sign-in in progress it redirects to the sign-in page
    "mfa_reauthenticate": form(SIGNED_IN),
    "mfa_activate_totp": form(SIGNED_IN),
    "mfa_deactivate_totp": form(SIGNED_IN).disabled(),  # nobody in the world has a second factor
    "mfa_generate_recovery_codes": form(SIGNED_IN),
    "mfa_view_recovery_codes": page(SIGNED_IN).disabled(),
    "mfa_download_recovery_codes": form(SIGNED_IN).disabled(),
    # facilities and roles, in the admin
    "facilities:index": page(ADMINISTRATORS),
    "facilities:index_results": page(ADMINISTRATORS),
    "facilities:add": form(ADMINISTRATORS),
    "facilities:edit": form(ADMINISTRATORS),
    "facilities:delete": form(ADMINISTRATORS),
    "facilities:copy": form(ADMINISTRATORS),
    "facilities:history": page(ADMINISTRATORS),
    "facilities:history_results": page(ADMINISTRATORS),
    "facilities:usage": page(ADMINISTRATORS),
    "roles:index": page(ADMINISTRATORS),
    "roles:index_results": page(ADMINISTRATORS),
    "roles:add": form(ADMINISTRATORS),
    "roles:edit": form(NOBODY),  # roles are given and removed, never edited
    "roles:delete": form(ADMINISTRATORS),
    "roles:history": page(ADMINISTRATORS),
    "roles:history_results": page(ADMINISTRATORS),
    "roles:usage": form(NOBODY),
    "emails:index": page(ADMINISTRATORS),
    "emails:index_results": page(ADMINISTRATORS),
    "emails:inspect": page(ADMINISTRATORS).or_missing(),
    "emails:send_all_again": form(ADMINISTRATORS),
    "emails:send_again": form(ADMINISTRATORS),
    "audit_trail": page(ADMINISTRATORS),
    "audit_trail_results": page(ADMINISTRATORS),
}

STANDARDS: Rules = {
    "standards:index": page(EVERYONE),
    "standards:edition": page(EVERYONE),
    "standards:search": page(EVERYONE),
    "standards:section": page(EVERYONE),
    "standards:statement": page(EVERYONE),
    "standards:confirm": button(REVIEWERS),
    # in the admin: read and chosen from, never edited
    "wagtailsnippets_standards_statement:list": page(STAFF),
    "wagtailsnippets_standards_statement:list_results": page(STAFF),
    "wagtailsnippets_standards_statement:inspect": page(STAFF),
    "wagtailsnippets_standards_statement:add": form(NOBODY),
    "wagtailsnippets_standards_statement:edit": form(NOBODY),
    "wagtailsnippets_standards_statement:delete": form(NOBODY),
    "wagtailsnippets_standards_statement:usage": form(NOBODY),
    "wagtailsnippets_standards_statement:history": form(NOBODY),
    "wagtailsnippets_standards_statement:history_results": form(NOBODY),
    "wagtailsnippetchoosers_standards_statement:choose": page(STAFF),
    "wagtailsnippetchoosers_standards_statement:choose_results": page(STAFF),
    "wagtailsnippetchoosers_standards_statement:chosen": page(STAFF),
    "wagtailsnippetchoosers_standards_statement:chosen_multiple": page(STAFF),
    "wagtailsnippetchoosers_standards_statement:create": form(NOBODY),
}

CERTIFICATES: Rules = {
    "certificates:check": page(EVERYONE),
    "certificates:show": form(EVERYONE),  # whoever has the code
    "certificates:mine": page(SIGNED_IN),
    "certificates:mine_rows": page(SIGNED_IN),
    "certificates:pdf": page(OWNER_AND_STAFF_IN_SCOPE),
    # for managers, in the admin
    "register:index": page(MANAGERS),
    "register:index_results": page(MANAGERS),
    "register:inspect": page(MANAGERS_IN_SCOPE),
    "register:revoke": form(MANAGERS_IN_SCOPE),
    "register:reissue": form(MANAGERS_IN_SCOPE),
    "register:try_again": form(MANAGERS_IN_SCOPE),
}

COURSES: Rules = {
    "catalogue": form(EVERYONE),
    "learning": form(SIGNED_IN),
    "join": button(SIGNED_IN),
    "leave": form(OWNER),
    "renew": button(OWNER),
    "step_done": button(OWNER),
    "step_position": button(OWNER),
    "step_note": button(OWNER),
    "confirm_notice": button(OWNER),
    "report_problem": form(EVERYONE, sent_by=SIGNED_IN),  # visitors are told to sign in, or where to write
    "my_reports": page(SIGNED_IN),
    "withdraw_report": button(OWNER),
    "problems:index": page(TRAINERS),
    "problems:index_results": page(TRAINERS),
    "problems:answer": form(TRAINERS),
    "course_release": form(TRAINERS | REVIEWERS),
    "wagtail_serve": {
        "home": form(EVERYONE),
        "course": form(EVERYONE),
        "module": form(EVERYONE),
        "lesson": form(EVERYONE),  # the first one
        "a later lesson": form(LEARNERS | STAFF).without_login_redirect(),
        "test": form(LEARNERS | STAFF).without_login_redirect(),
        "a lesson of another course": form(STAFF).without_login_redirect(),
        "a draft": gone(),
    },
    # Wagtail's page passwords are not offered (courses.models.pages.ContentPage); its URLs for them remain.
    "wagtailcore_authenticate_with_password": form(EVERYONE),
    "wagtailcore_login": form(EVERYONE),
}

QUIZZES: Rules = {
    "quizzes:start": button(OWNER),
    "quizzes:attempt": page(OWNER),
    "quizzes:item": form(OWNER),
    "quizzes:save": button(OWNER),
    "quizzes:hand_in": form(OWNER),
    "quizzes:leave": page(OWNER),
    "quizzes:result": page(OWNER),
    "quizzes:report": form(OWNER),
    # the preview of a test, for its authors; others get 404
    "quizzes:rehearse": form(AUTHORS).or_missing(),
    "quizzes:rehearse_item": form(AUTHORS).or_missing(),
    "quizzes:rehearse_result": form(AUTHORS).or_missing(),
    # results in the admin
    "attempts:index": page(STAFF),
    "attempts:index_results": page(STAFF),
    "attempts:inspect": page(STAFF_IN_SCOPE),
    # regrades of a faulty question
    "regrades:index": page(AUTHORS),
    "regrades:index_results": page(AUTHORS),
    "regrades:add": form(AUTHORS),
    "regrades:begin": form(AUTHORS),
    "regrades:inspect": page(AUTHORS),
    "regrades:apply": button(REVIEWERS),
    "regrades:revert": button(REVIEWERS),
    # essays that people mark
    "marking:queue": page(AUTHORS),
    "marking:take": button(AUTHORS),
    "marking:mark": form(Audience({"kofi"})).or_missing("grace", "administrator"),  # whoever marks it
    "marking:put_back": button(Audience({"kofi"})).or_missing("grace", "administrator"),
    # extra time and attempts
    "accommodations:index": page(STAFF),
    "accommodations:index_results": page(STAFF),
    "accommodations:add": form(STAFF),
    "accommodations:delete": form(STAFF_IN_SCOPE),
    # the question bank in the admin
    "wagtailsnippets_quizzes_question:list": page(AUTHORS),
    "wagtailsnippets_quizzes_question:list_results": page(AUTHORS),
    "wagtailsnippets_quizzes_question:add": form(AUTHORS),
    "wagtailsnippets_quizzes_question:edit": form(AUTHORS),
    "wagtailsnippets_quizzes_question:copy": form(AUTHORS),
    "wagtailsnippets_quizzes_question:delete": form(ADMINISTRATORS),
    "wagtailsnippets_quizzes_question:usage": page(AUTHORS),
    "wagtailsnippets_quizzes_question:history": page(AUTHORS),
    "wagtailsnippets_quizzes_question:history_results": page(AUTHORS),
    "wagtailsnippets_quizzes_question:preview_on_add": form(AUTHORS).also(DELETE=AUTHORS),
    "wagtailsnippets_quizzes_question:preview_on_edit": form(AUTHORS).also(DELETE=AUTHORS),
    "wagtailsnippets_quizzes_question:revisions_view": page(AUTHORS),
    "wagtailsnippets_quizzes_question:revisions_compare": page(AUTHORS),
    "wagtailsnippets_quizzes_question:revisions_revert": form(AUTHORS),
    "wagtailsnippets_quizzes_question:revisions_unschedule": form(REVIEWERS),
    "wagtailsnippets_quizzes_question:unpublish": form(REVIEWERS),
    "wagtailsnippets_quizzes_question:lock": button(REVIEWERS),
    "wagtailsnippets_quizzes_question:unlock": button(REVIEWERS),
    "wagtailsnippets_quizzes_question:workflow_action": form(REVIEWERS),
    "wagtailsnippets_quizzes_question:collect_workflow_action_data": form(REVIEWERS),
    "wagtailsnippets_quizzes_question:confirm_workflow_cancellation": form(AUTHORS),  # asks; cancelling is in edit
    "wagtailsnippets_quizzes_question:workflow_history": page(AUTHORS),
    "wagtailsnippets_quizzes_question:workflow_history_detail": page(AUTHORS),
    "wagtailsnippets_quizzes_question:workflow_preview": page(REVIEWERS),
}

PROGRAMMES: Rules = {
    "completion_report": page(MANAGERS),
    "completion_report_results": page(MANAGERS),
    "correction_report": page(MANAGERS),
    "correction_report_results": page(MANAGERS),
    # one's own data; the person has just confirmed their password
    "your_data": form(SIGNED_IN),
    "make_copy": button(SIGNED_IN),
    "copy_file": page(OWNER),
    "erase": form(SIGNED_IN),
    "erasure_asked": form(EVERYONE),
    "erase_person": form(ADMINISTRATORS),
}

# Forms that are taken without our CSRF token, and what is checked instead.
WITHOUT_TOKEN = {"switch_off_emails": "the signed link; mail programs send it (RFC 8058)"}
GROUPS: dict[str, Rules] = {
    "frame": FRAME,
    "accounts": ACCOUNTS,
    "standards": STANDARDS,
    "certificates": CERTIFICATES,
    "courses": COURSES,
    "quizzes": QUIZZES,
    "programmes": PROGRAMMES,
    **WAGTAIL,
}
RULES = {key: rule for rules in GROUPS.values() for key, rule in rules.items()}
