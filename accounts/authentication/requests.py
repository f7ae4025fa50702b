"""Who sent a request: the type of one from a signed-in user, and whether a script sent it."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request from a signed-in user. Annotate views behind signed_in() or login_required() with it."""

    user: User


def is_from_script(request: HttpRequest) -> bool:
    """Whether forms.js sent this form. It shows the answer in the page, so it needs no page around it."""
    return request.headers.get("X-Requested-With") == "fetch"
