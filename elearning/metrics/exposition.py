"""The text of /metrics. Import it only where prometheus-client is installed."""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from elearning.health.summary import Health
from elearning.metrics import gauges
from elearning.metrics.requests import REQUESTS

CONTENT_TYPE = CONTENT_TYPE_LATEST


class HealthCollector(Collector):
    """The figures of one reading of /health/."""

    def __init__(self, health: Health):
        self.health = health

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for sample in gauges.samples(self.health):
            family = families.get(sample.name)
            if family is None:
                family = GaugeMetricFamily(sample.name, gauges.HELP[sample.name], labels=list(sample.labels))
                families[sample.name] = family
            family.add_metric(list(sample.labels.values()), sample.value)
        return families.values()


def text(health: Health) -> bytes:
    """Return all metrics: the figures of health, and the requests of all web processes of this machine.

    Without PROMETHEUS_MULTIPROC_DIR, which deploy/gunicorn.conf.py sets, only the requests of the process that answers.
    """
    registry = CollectorRegistry()
    registry.register(HealthCollector(health))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
    return generate_latest(registry)
