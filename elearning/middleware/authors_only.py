"""Middleware for views of Wagtail that show drafts and unpublished files to everybody in the admin."""

from django.http import HttpResponse
from wagtail.admin.auth import permission_denied, user_has_any_page_permission

# The beginnings of their URL names. They serve editors, which only people who may edit pages can open.
FOR_AUTHORS = (
    "wagtailadmin_choose_page",
    "wagtailadmin_pages:move_confirm",
    "wagtailadmin_pages:confirm_workflow_cancellation",
    "wagtailsnippets_quizzes_question:confirm_workflow_cancellation",
    "wagtaildocs_chooser:",
    "wagtailimages_chooser:",
    "wagtailadmin_api:documents:",
    "wagtailadmin_api:images:",
)


class AuthorsOnlyMiddleware:
    """Refuse these views to staff who may not edit any page, such as programme managers.

    A hook could take drafts out of the page chooser's lists. It would still show the title of a draft that is asked
    for by its number, and of a published page the title in its draft. Managers fill in nothing that needs a chooser.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        is_asked = request.resolver_match.view_name.startswith(FOR_AUTHORS)
        if is_asked and request.user.is_authenticated and request.user.is_staff:
            return None if user_has_any_page_permission(request.user) else permission_denied(request)
        return None
