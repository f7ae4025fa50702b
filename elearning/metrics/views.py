"""The page that Prometheus reads."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from elearning.health import summary
from elearning.health.access import may_see_details


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Show the metrics to administrators and to whoever has the token; 404 where prometheus-client is not installed."""
    if not may_see_details(request):
        # Not PermissionDenied, whose traceback would be in the log at each try.
        return HttpResponseForbidden("Send the header Authorization: Bearer <HEALTH_TOKEN>.", content_type="text/plain")
    if not settings.METRICS:
        raise Http404
    from elearning.metrics import exposition  # noqa: PLC0415 - an optional package

    return HttpResponse(exposition.text(summary.read()), content_type=exposition.CONTENT_TYPE)
