"""The user's own details, and the help page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.forms import DetailsForm


@login_required
def profile(request):
    """Show and change the user's own details. A new name appears only on certificates that are issued later."""
    form = DetailsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your details are saved."))
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form})


def help_page(request):
    return render(request, "accounts/help.html")
