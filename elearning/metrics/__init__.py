"""/metrics for Prometheus. The package prometheus-client comes with the extra `monitoring`; without it there are none."""
