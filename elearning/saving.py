"""An author's saves reach a page or a question in the order in which they were made."""

from contextlib import ExitStack

from django.db import transaction

from accounts.models import User

OVERWRITTEN = "overwrite_revision_id"  # which of Wagtail's fields names the version that autosave goes on writing
FIELDS = (OVERWRITTEN, "loaded_revision_id")


class SavingMiddleware:
    """What is saved by hand is a version of its own, and one person's saves are taken one at a time.

    Wagtail 8.0 lets "Save draft" write into the version that autosave has begun. An autosave that was sent before, and is
    read after, then takes back what was typed in between, without a word to anybody: both say that they follow the same
    version. Once the version saved by hand is a new one, the late autosave follows an old one, and Wagtail refuses it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with ExitStack() as until_answered:
            request.until_answered = until_answered
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method != "POST" or not any(field in request.POST for field in FIELDS):
            return
        if request.accepts("text/html"):  # autosave asks for JSON
            request.POST = request.POST.copy()
            request.POST.pop(OVERWRITTEN, None)
        request.until_answered.enter_context(transaction.atomic())
        # Wagtail looks which version is the newest before it writes: nothing may come between the two.
        list(User.objects.select_for_update(no_key=True).filter(pk=request.user.pk).values_list("pk"))
