"""The user's own details, and the help page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import sessions
from accounts.forms import DetailsForm


@login_required
def profile(request):
    """Show and change the user's own details. A new name appears only on certificates that are issued later."""
    form = DetailsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your details are saved."))
        if form.dropped_facility:
            text = _("%(facility)s is not in the country where you work now, so it was taken out. Choose another one.")
            messages.warning(request, text % {"facility": form.dropped_facility})
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form})


@login_required
@require_POST
def sign_out_elsewhere(request):
    """End all other sessions of the user: a phone that was lost, a computer at work."""
    sessions.end(request.user, keep=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("profile")


def help_page(request):
    return render(request, "accounts/help.html")
