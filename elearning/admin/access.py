"""The guard of these pages."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import roles


def administrators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let administrators in. Everybody else of the admin is refused."""

    @wraps(view)
    def wrapped_view(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not roles.is_administrator(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped_view
