"""What every response tells the browser: where code may come from, and what must not be kept or told on."""

from csp.constants import NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

ADMIN = "/admin/"
DOCUMENTS = "/documents/"
PUBLIC_POLICY: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],  # the QR code of the second factor
    "font-src": [SELF],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "worker-src": [SELF],
    "object-src": [NONE],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
# Wagtail's pages: as strict as ours but for one thing. Its rich text editor writes style elements whose content differs
# each time, so that neither a hash nor a nonce can name them. Its inline scripts are gone (elearning/wagtail_hooks.py).
ADMIN_POLICY = PUBLIC_POLICY | {
    "style-src-elem": [SELF, "'unsafe-inline'"],
    "style-src-attr": [NONE],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],  # previews
    "frame-ancestors": [SELF],
}
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class PolicyMiddleware(CSPMiddleware):
    """The content security policy: one for everybody, one for the admin, one for uploaded files."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only=False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if getattr(request, "is_preview", False):
            # What learners will see, under their policy, in a frame of the editor.
            parts.replace = {"frame-ancestors": [SELF]}
        elif not report_only and request.path_info.startswith(ADMIN):
            parts.config = parts.config or ADMIN_POLICY
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(DOCUMENTS):
            # Whatever the file is: nothing in it runs, and nothing of it is ours.
            response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        return super().process_response(request, response)


class DiscretionMiddleware:
    """What a signed-in person is shown, and whatever answers a form, is kept in no cache and no history."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if "public" not in response.get("Cache-Control", "") and is_personal(request):
            response["Cache-Control"] = "private, no-store"
        return response


def is_personal(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # absent when an earlier middleware answered
    return request.method not in ("GET", "HEAD") or (user is not None and user.is_authenticated)
