"""Pages that belong to the frame: the brand's colours and what is shown when something goes wrong."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.views.decorators.cache import cache_control

from accounts.contrast import hsl, ink_on
from accounts.site_settings import current_operator


@cache_control(public=True, max_age=300)
def brand_css(request):
    """The white-label colours as custom properties, from our own origin: no inline style anywhere.

    The --w-color ones are Wagtail's: the admin wears the same accent, its sidebar a dark shade of it.
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
    # In the dark Wagtail writes links and outlined buttons in a shade of the accent that cannot be read.
    shades = ("text-link-default", "text-link-hover", "text-button-outline-default", "border-button-outline-default")
    in_the_dark = {f"--w-color-{shade}": operator.accent_dark for shade in shades}
    css = f":root{_rules(properties)} .w-theme-dark{_rules(in_the_dark)}"
    css += f" @media (prefers-color-scheme: dark){{.w-theme-system{_rules(in_the_dark)}}}"
    return HttpResponse(css, content_type="text/css")


def _rules(properties: dict[str, str]) -> str:
    return "{" + ";".join(f"{name}:{value}" for name, value in properties.items()) + "}"


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def no_permission(request, exception):
    return render(request, "403.html", status=403)


def not_found(request, exception):
    return render(request, "404.html", status=404)


def admin_entrance(request):
    """On to allauth's sign-in page; who has signed in and is sent here all the same may not enter, and is told so."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect(f"{reverse('account_login')}?{request.META['QUERY_STRING']}".rstrip("?"))


def nothing_here(request, **_arguments):
    """In place of a door that a library brings and this product does not have."""
    raise Http404


def expired_form(request, reason=""):
    """The form's token is too old: say so, and offer to send what was typed with a new one."""
    return render(request, "403_csrf.html", {"fields": _typed(request)}, status=403)


def _typed(request):
    """What was typed into a form of ours, passwords left out; nothing of a form that another site made."""
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}" or request.FILES:
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]


def server_error(request):
    """No database, no context processors: it must show even when everything else is broken."""
    return HttpResponse(loader.get_template("500.html").render({}), status=500)
