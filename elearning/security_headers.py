"""Security headers of every response: content security policy, permissions policy and caching."""

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
# The admin's policy also allows inline style elements: Wagtail's rich text editor writes them with changing content, so
# neither a hash nor a nonce can allow them. Inline scripts are replaced (elearning/wagtail_patches/choosers.py).
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


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Set the content security policy: one for public pages, one for the admin, one for uploaded files."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only=False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if getattr(request, "is_preview", False):
            # A preview shows what learners will see, so it has the public policy, but in a frame of the editor.
            parts.replace = {"frame-ancestors": [SELF]}
        elif not report_only and request.path_info.startswith(ADMIN):
            parts.config = parts.config or ADMIN_POLICY
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(DOCUMENTS) and response.status_code < 400:
            # The content of an uploaded file of any type must not run or act as part of this site.
            response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        return super().process_response(request, response)


class PersonalPageHeadersMiddleware:
    """Send `no-store` with every page for a signed-in person and every answer to a form; set the permissions policy.

    An uploaded file is asked for again each time: it is public only while a published page uses it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if "public" not in response.get("Cache-Control", "") and is_personal(request):
            response["Cache-Control"] = "private, no-store"
        elif request.path_info.startswith(DOCUMENTS):
            response["Cache-Control"] = "private, no-cache"
        return response


def is_personal(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # absent when an earlier middleware answered
    return request.method not in ("GET", "HEAD") or (user is not None and user.is_authenticated)
