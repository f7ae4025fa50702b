"""Take the client's address and scheme from a trusted proxy, and from nobody else."""

from django.conf import settings

from elearning import proxies


class TrustedProxyMiddleware:
    """Set REMOTE_ADDR to the client's address. Must be the first middleware.

    The headers count only if the request comes from TRUSTED_PROXIES. Otherwise they are removed, so that no later code
    can believe them: SECURE_PROXY_SSL_HEADER reads X-Forwarded-Proto, and limits of tries count REMOTE_ADDR.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        meta, trusted = request.META, settings.TRUSTED_PROXIES
        forwarded_for = meta.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = meta.pop("HTTP_X_FORWARDED_PROTO", "")
        peer = meta.get("REMOTE_ADDR", "")
        if proxies.is_trusted(peer, trusted):
            meta["REMOTE_ADDR"] = proxies.client_address(peer, forwarded_for, trusted)
            meta["HTTP_X_FORWARDED_PROTO"] = scheme.rpartition(",")[2].strip()
        return self.get_response(request)
