"""Pages about the user's own data: what is kept and why, data copies, erasure."""

from __future__ import annotations

import uuid

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.authentication.requests import SignedInRequest
from accounts.outbox import OutboxState
from accounts.ratelimit.limiter import TooOften
from privacy import registry, requests
from privacy.forms import ConfirmErasureForm
from privacy.models import DataCopy


def what_we_keep(request: HttpRequest) -> HttpResponse:
    """Show the public page of what is kept about people, made from the privacy registers."""
    context = {"purposes": registry.purposes(), "kept_in_browsers": registry.kept_in_browsers()}
    return render(request, "privacy/privacy.html", context)


@never_cache
@login_required
def your_data(request: SignedInRequest) -> HttpResponse:
    copies = DataCopy.objects.of(request.user)
    context = {
        "copies": [copy for copy in copies[:10] if copy.state != OutboxState.DONE or copy.fetchable],
        "making": copies.unfinished().exists(),
    }
    return render(request, "privacy/your_data.html", context)


@never_cache
@login_required
@require_POST
@reauthentication_required
def make_copy(request: SignedInRequest) -> HttpResponse:
    try:
        requests.request_copy(request.user)
    except TooOften:
        messages.warning(request, _("You have already asked for several copies. You can ask for another one tomorrow."))
    else:
        messages.success(request, _("Your copy is being made. We will email you when it is ready."))
    return redirect("your_data")


@never_cache
@login_required
@require_GET
@reauthentication_required
def copy_file(request: SignedInRequest, copy: uuid.UUID) -> FileResponse:
    """Download a copy. Answer 404 to everybody but its owner, and after it has expired."""
    data_copy = get_object_or_404(
        DataCopy.objects.of(request.user).filter(state=OutboxState.DONE, expires_at__gt=timezone.now()), uuid=copy
    )
    try:
        file = data_copy.path.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    trail.record(Verb.DATA_FETCHED, request.user, data_copy)
    return FileResponse(file, as_attachment=True, filename="my-data.zip", content_type="application/zip")


@never_cache
@login_required
@reauthentication_required
def erase(request: SignedInRequest) -> HttpResponse:
    """Explain what erasure means, ask for confirmation, and close the account at once."""
    form = ConfirmErasureForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            requests.request_erasure(request.user, by=request.user)
        except requests.LastAdministrator:
            form.add_error(None, _("You are the only administrator. Make somebody else an administrator first."))
        else:
            logout(request)
            return redirect("erasure_asked")
    context = {
        "form": form,
        "valid_certificates": request.user.certificates.filter(standing="valid").order_by(F("issued_at").desc()),
    }
    return render(request, "privacy/erase.html", context)


def erasure_asked(request: HttpRequest) -> HttpResponse:
    """Show the page after an erasure request. It is public, so it names nobody."""
    return render(request, "privacy/erasure_asked.html")
