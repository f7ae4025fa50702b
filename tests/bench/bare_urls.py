"""The bare floor: what Django itself takes for one page of a signed-in learner."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from courses.models.records import Enrolment


@login_required
def bare_page(request: HttpRequest) -> HttpResponse:
    """A page of the session, its person, and two queries of its own: the enrolment and its completed steps."""
    enrolment = Enrolment.objects.of(request.user).get()
    steps = enrolment.completions.values_list("step_key", flat=True)
    return render(request, "bare.html", {"person": request.user, "enrolment": enrolment, "steps": steps})


urlpatterns = [path("", bare_page)]
