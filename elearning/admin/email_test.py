"""Send a test email to oneself, to see whether the mail server takes it."""

from __future__ import annotations

import uuid
from typing import cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import User
from accounts.ratelimit import limiter, limits
from elearning.admin.access import administrators_only


@administrators_only
@require_POST
def send_test_email(request: HttpRequest) -> HttpResponse:
    """Send an email to the administrator who asks, the way every email goes. Raises TooOften."""
    person = cast(User, request.user)
    if not person.email:
        messages.error(request, _("You have no email address. Add one to your account first."))
        return redirect("wagtailadmin_home")
    limiter.take(limits.TEST_EMAILS, str(person.pk))
    with transaction.atomic():
        key = f"test:{uuid.uuid4()}"
        email = outgoing.send("test_email", person.email, {}, key=key, user=person)
        trail.record(Verb.EMAIL_TESTED, person, email)
    messages.success(
        request,
        _("A test email is on its way to %(address)s. If it is not there in a minute, look at “Emails” below.")
        % {"address": person.email},
    )
    return redirect("wagtailadmin_home")
