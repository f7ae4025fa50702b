"""The histogram of requests: how many, and how long they took. Import it only where prometheus-client is installed."""

from prometheus_client import Histogram

NAME = "elearning_request_seconds"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Labels are names of URL patterns, never paths, so their number is bounded whatever strangers ask for.
REQUESTS = Histogram(
    NAME,
    "Seconds until the answer to a request, by the name of its URL pattern, its method and the status.",
    ["view", "method", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,  # elearning.metrics.exposition adds it to its own
)


def observe(view: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(view, method if method in METHODS else "other", str(status)).observe(seconds)
