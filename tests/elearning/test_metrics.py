"""/metrics: its names, its labels, and that the dashboard and the alerts use no other."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.outbox import OutboxState
from elearning.health import summary
from elearning.metrics import gauges
from elearning.version import VERSION
from tests.elearning.health.conftest import late_email

DEPLOY = Path(settings.BASE_DIR) / "deploy"
REQUESTS = "elearning_request_seconds"
KNOWN = {*gauges.HELP, *(f"{REQUESTS}_{suffix}" for suffix in ("bucket", "sum", "count"))}
NAME = re.compile(r"\belearning_\w+")
installed = pytest.mark.skipif(not settings.METRICS, reason="needs prometheus-client (the extra `monitoring`)")


def expressions_of_the_dashboard() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def expressions_of_the_alerts() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    return [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


@pytest.mark.once
@pytest.mark.parametrize("expressions", [expressions_of_the_dashboard, expressions_of_the_alerts])
def test_dashboard_and_alerts_name_existing_metrics_only(expressions):
    names = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(names) > 8
    assert names <= KNOWN


@pytest.mark.once
def test_every_gauge_is_on_the_dashboard_and_every_alert_says_what_to_do():
    assert set(gauges.HELP) <= {name for text in expressions_of_the_dashboard() for name in NAME.findall(text)}
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
    assert all(rule["annotations"].keys() == {"summary", "action"} for rule in rules)


@pytest.mark.django_db
def test_every_declared_gauge_has_a_sample_and_none_has_another_name(running):
    late_email()
    late_email(1, state=OutboxState.DONE, done_at=timezone.now())
    health = summary.read()
    samples = gauges.samples(health)
    assert {sample.name for sample in samples} == set(gauges.HELP)
    values = {(sample.name, *sample.labels.values()): sample.value for sample in samples}
    assert values["elearning_info", VERSION] == 1
    assert values["elearning_part_state", "outbox"] == 1
    assert values["elearning_outbox_rows", "emails", "late"] == 1
    assert values["elearning_outbox_oldest_seconds", "emails"] >= 540
    assert values["elearning_heartbeat_seconds", "beat"] < 60
    assert values["elearning_disk_free_bytes", next(iter(health["disk"].figures["free_mb"]))] > 0


@pytest.mark.once
def test_without_a_database_only_what_is_known_is_told():
    health = summary.Health((summary.parts.database(False),))
    assert [sample.name for sample in gauges.samples(health)] == ["elearning_info", "elearning_part_state"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "header", "allowed"), [("t", "Bearer t", True), ("t", "Bearer u", False), ("", "Bearer ", False)]
)
def test_the_token_opens_the_page(client, running, settings, token, header, allowed):
    settings.HEALTH_TOKEN = token
    status = client.get(reverse("metrics"), headers={"Authorization": header}).status_code
    assert status == ((200 if settings.METRICS else 404) if allowed else 403)


@installed
@pytest.mark.django_db
def test_requests_are_counted_by_the_name_of_their_view_and_never_by_their_path(client, running, administrator):
    client.force_login(administrator)
    client.get("/health/")
    client.get("/en/no/such/page/of/amina@example.org/")
    client.generic("AMINA", "/health/")
    text = client.get(reverse("metrics")).content.decode()
    assert f'{REQUESTS}_count{{method="GET",status="200",view="health"}}' in text
    assert 'method="other"' in text
    assert 'elearning_part_state{part="worker"} 0.0' in text
    assert "amina" not in text.lower()
    assert set(NAME.findall(text)) <= KNOWN | {REQUESTS, f"{REQUESTS}_created"}


TWO_PROCESSES = """
import os, sys
from elearning.metrics.requests import observe
if os.fork() == 0:
    observe("health", "GET", 200, 0.2)
    os._exit(0)
os.wait()
observe("health", "GET", 200, 0.2)
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
sys.stdout.write(generate_latest(registry).decode())
"""


@installed
@pytest.mark.deep
@pytest.mark.once
def test_the_web_processes_of_a_machine_count_together(tmp_path):
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(settings.BASE_DIR)}
    done = subprocess.run([sys.executable, "-c", TWO_PROCESSES], env=environment, capture_output=True, check=True)
    assert f'{REQUESTS}_count{{method="GET",status="200",view="health"}} 2.0' in done.stdout.decode()
