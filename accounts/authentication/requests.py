"""The type of a request whose sender has signed in."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request from a signed-in user. Annotate views behind signed_in() or login_required() with it."""

    user: User
