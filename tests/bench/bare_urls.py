"""The bare floor: what Django itself takes for one page of a signed-in person."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


@login_required
def bare_page(request: HttpRequest) -> HttpResponse:
    """A page with two queries: the session and its person."""
    return render(request, "bare.html", {"person": request.user, "steps": range(1, 11)})


urlpatterns = [path("", bare_page)]
