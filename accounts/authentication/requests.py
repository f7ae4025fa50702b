"""The type of a request whose sender has signed in."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """For annotations of views behind signed_in() or login_required(): nobody is anonymous there."""

    user: User
