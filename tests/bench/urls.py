"""The URLs of the product and two floors inside its frame of middleware and layout, for the bench only."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.models import Facility
from courses.models.records import Enrolment, Position
from elearning.urls import *  # noqa: F403
from elearning.urls import urlpatterns as product


@login_required
def plain_page(request: HttpRequest) -> HttpResponse:
    """A page for a signed-in person with three queries (session, person, a count), in the layout of the product."""
    return render(request, "accounts/help.html", {"facilities": Facility.objects.count()})


@csrf_exempt
@login_required
def bare_upsert(request: HttpRequest) -> HttpResponse:
    """One row written by INSERT … ON CONFLICT DO UPDATE for the signed-in person."""
    enrolment = Enrolment.objects.of(request.user).first()
    row = Position(enrolment=enrolment, step_key=uuid.UUID(request.POST["step"]), block_id=uuid.uuid4())
    Position.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["enrolment", "step_key"], update_fields=["block_id", "updated_at"]
    )
    return HttpResponse(status=204)


urlpatterns = [path("floor/page/", plain_page), path("floor/upsert/", bare_upsert), *product]
