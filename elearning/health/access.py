"""Who may see the details of /health/ and read /metrics."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import roles


def may_see_details(request: HttpRequest) -> bool:
    """Whether the request has the token, or its person is an administrator who has shown the second step."""
    return has_token(request) or roles.is_administrator(request.user)


def has_token(request: HttpRequest) -> bool:
    """Whether the request has `Authorization: Bearer <HEALTH_TOKEN>`. Without that setting nobody has it."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    is_bearer = scheme.lower() == "bearer"
    return bool(settings.HEALTH_TOKEN) and is_bearer and constant_time_compare(token.strip(), settings.HEALTH_TOKEN)
