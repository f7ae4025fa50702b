"""The public pages for verifying a certificate, and a learner's own list with the PDFs."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.authentication.requests import SignedInRequest
from accounts.outbox import OutboxState
from accounts.ratelimit.limiter import TooOften
from accounts.ratelimit.limits import client_network
from certificates import codes, pdf_store, verdicts, verification
from certificates.forms import CodeForm, FileForm, NameForm
from certificates.models import Certificate
from certificates.printed_fields import lines, no_endorsement

log = structlog.get_logger(__name__)


@never_cache
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """Show the form for a code. Redirect a well-formed code to its page."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("certificates:show", code=codes.shown(form.cleaned_data["code"]))
    return render(request, "certificates/check.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Show the status and the printed fields to anybody who has the code. POST compares a file or a name."""
    response = _show(request, code)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _show(request: HttpRequest, code: str) -> HttpResponse:
    form = CodeForm({"code": code})
    if not form.is_valid():
        return render(request, "certificates/check.html", {"form": form}, status=404)
    try:
        certificate = verification.find(form.cleaned_data["code"], client_network(request))
    except TooOften as error:
        page = render(request, "certificates/slow_down.html", status=429)
        page["Retry-After"] = str(error.seconds)
        return page
    if certificate is None:
        context = {"form": form, "code": codes.shown(form.cleaned_data["code"])}
        return render(request, "certificates/unknown.html", context, status=404)
    if certificate.erased_at:
        return _withheld(request, certificate)
    return render(request, "certificates/show.html", _page(request, certificate))


def _withheld(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """The page of a certificate whose holder was erased. It only says whether a typed name matches."""
    form = NameForm(request.POST) if request.method == "POST" else NameForm()
    context = _page(request, certificate) | {"name_form": form}
    if form.is_bound and form.is_valid():
        try:
            matches = verification.name_matches(certificate, form.cleaned_data["name"], client_network(request))
            context["name_verdict"] = verdicts.of_name(matches)
        except TooOften as error:
            context["name_verdict"] = verdicts.too_many_names()
            page = render(request, "certificates/show.html", context, status=429)
            page["Retry-After"] = str(error.seconds)
            return page
    return render(request, "certificates/show.html", context)


def _page(request: HttpRequest, certificate: Certificate) -> dict:
    file_form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    is_ours = None
    if certificate.pdf_sha256 and file_form.is_bound and file_form.is_valid():
        is_ours = verification.file_matches(certificate, file_form.cleaned_data["pdf"])
    return {
        "certificate": certificate,
        "verdict": verdicts.of_certificate(certificate),
        "lines": lines(certificate.printed_fields()),
        "history": verification.history(certificate),
        "fingerprint": verification.fingerprint(certificate),
        "looked_up": verification.lookup_time(timezone.now()),
        "no_endorsement": no_endorsement(),
        "form": CodeForm(),
        "file_form": file_form,
        "file_verdict": verdicts.of_file(is_ours),
    }


@never_cache
@require_GET
@login_required
def pdf(request: SignedInRequest, code: str) -> FileResponse:
    """Send the PDF to its learner and to staff whose scope covers the learner. Everybody else gets 404."""
    readable = Certificate.objects.readable_by(request.user).filter(state=OutboxState.DONE)
    certificate = get_object_or_404(readable, code=codes.parse(code))
    try:
        file = pdf_store.path_of(certificate.pdf_sha256).open("rb")
    except FileNotFoundError:
        log.error("certificate_file_missing", certificate=certificate.pk)
        raise Http404 from None
    response = FileResponse(file, content_type="application/pdf")
    response["Content-Disposition"] = _attachment(certificate)
    return response


def _attachment(certificate: Certificate) -> str:
    """The Content-Disposition header: an ASCII file name, and one with the learner's name in any script."""
    full = quote(f"{certificate.name} {certificate.shown_code}.pdf", safe="")
    return f"attachment; filename=\"certificate-{certificate.shown_code}.pdf\"; filename*=UTF-8''{full}"


@never_cache
@require_GET
@login_required
def my_certificates(request: SignedInRequest) -> HttpResponse:
    """List the learner's own certificates with their status."""
    context = {"certificates": Certificate.objects.listed_for(request.user), "section": "learning"}
    return render(request, "certificates/my_certificates.html", context)


@never_cache
@require_GET
@login_required
def my_certificates_rows(request: SignedInRequest) -> HttpResponse:
    """Only the rows of my_certificates(). The script of that page requests them while a PDF is being made."""
    return render(request, "certificates/_rows.html", {"certificates": Certificate.objects.listed_for(request.user)})
