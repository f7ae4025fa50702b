"""Views that belong to no app: the brand stylesheet, error pages and replaced library pages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from accounts.contrast import hsl, ink_on
from accounts.site_settings import current_operator


@cache_control(public=True, max_age=300)
def brand_css(request):
    """Serve the operator's colours as CSS custom properties. A stylesheet, because the content security policy forbids inline styles.

    The --w-color properties are Wagtail's: the admin uses the same accent, and its sidebar a dark shade of it.
    """
    operator = current_operator()
    hue, saturation, lightness = hsl(operator.accent)
    properties = {
        "--brand": operator.accent,
        "--brand-ink": ink_on(operator.accent),
        "--brand-dark": operator.accent_dark,
        "--brand-dark-ink": ink_on(operator.accent_dark),
        "--w-color-primary-hue": hue,
        "--w-color-primary-saturation": f"{min(saturation, 60)}%",
        "--w-color-primary-lightness": f"{min(lightness, 18)}%",
        "--w-color-secondary-hue": hue,
        "--w-color-secondary-saturation": f"{saturation}%",
        "--w-color-secondary-lightness": f"{lightness}%",
    }
    # In its dark theme Wagtail's shade of the accent for links and outlined buttons is too dark to read.
    shades = ("text-link-default", "text-link-hover", "text-button-outline-default", "border-button-outline-default")
    dark_properties = {f"--w-color-{shade}": operator.accent_dark for shade in shades}
    css = f":root{_rules(properties)} .w-theme-dark{_rules(dark_properties)}"
    css += f" @media (prefers-color-scheme: dark){{.w-theme-system{_rules(dark_properties)}}}"
    return HttpResponse(css, content_type="text/css")


def _rules(properties: dict[str, str]) -> str:
    return "{" + ";".join(f"{name}:{value}" for name, value in properties.items()) + "}"


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def permission_denied(request, exception):
    return render(request, "403.html", status=403)


def not_found(request, exception):
    return render(request, "404.html", status=404)


def admin_login(request):
    """Redirect to allauth's sign-in page. Answer 403 to signed-in people who may not open the admin."""
    if request.user.is_authenticated and not request.user.is_staff_member:
        raise PermissionDenied
    return redirect(f"{reverse('account_login')}?{request.META['QUERY_STRING']}".rstrip("?"))


def disabled_page(request, **_kwargs):
    """Answer 404 in place of a library page that this product does not use."""
    raise Http404


def csrf_failure(request, reason=""):
    """Answer a failed CSRF check with a page that offers to send the typed fields again with a new token."""
    if not request.accepts("text/html"):
        message = _("You have signed in again since you opened this page. Press “Save draft” to save it.")
        return refused_autosave(message)
    return render(request, "403_csrf.html", {"fields": submitted_fields(request)}, status=403)


def submitted_fields(request):
    """Return the posted (name, value) pairs without passwords; [] for a form of another site or with files."""
    if not _is_from_this_site(request) or request.FILES:
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]


def _is_from_this_site(request) -> bool:
    """Whether the form has an origin that Django accepts, CSRF_TRUSTED_ORIGINS included: proxies may hide the scheme."""
    csrf: Any = CsrfViewMiddleware(lambda _request: HttpResponse())
    return "Origin" in request.headers and csrf._origin_verified(request)


def refused_autosave(message: str) -> JsonResponse:
    """What Wagtail's autosave shows as its reason. It shows the message of the codes that it knows only."""
    return JsonResponse({"success": False, "error_code": "locked", "error_message": message}, status=403)


def server_error(request):
    """Answer 500 without database and context processors, so that it works even when everything else fails."""
    return HttpResponse(loader.get_template("500.html").render({}), status=500)
