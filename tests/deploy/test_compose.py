"""docker-compose.yml and what belongs to it: rules that its schema does not know."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"] == "plumbline"}
LASTING = set(SERVICES) - {"migrate"}  # the others end by themselves


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_the_services_are_those_of_the_guide():
    assert set(SERVICES) == {"migrate", "web", "worker", "beat", "caddy", "db", "redis"}
    assert SERVICES["web"]["image"] == SERVICES["beat"]["image"]
    assert len(OURS) == 4


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_has_limits_of_memory_and_of_its_log(name):
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(LASTING))
def test_each_service_that_stays_has_a_health_check_and_starts_again(name):
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"
    assert seconds(service["stop_grace_period"]) >= 10


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_dead_worker_or_beat_is_seen_in_time(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"][-2:] == ["check_heartbeat", name]
    assert seconds(check["interval"]) * check["retries"] <= 90


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_image_runs_without_rights_on_a_file_system_that_it_cannot_change(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert service["environment"]["TRUSTED_PROXIES"] == SERVICES["caddy"]["networks"]["front"]["ipv4_address"]


def test_only_caddy_is_reached_from_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"caddy"}
    assert COMPOSE["networks"]["inside"]["internal"]
    assert SERVICES["db"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_a_task_can_end_before_the_worker_is_killed():
    longest = settings.CELERY_TASK_TIME_LIMIT + settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > longest


def test_the_log_of_erased_people_is_on_a_volume_of_its_own():
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name in OURS:
        volumes = dict(volume.split(":") for volume in SERVICES[name]["volumes"])
        assert volumes == {"files": "/data", "erasures": "/erasures", "backups": "/backups"}
        assert SERVICES[name]["environment"]["ERASURE_LOG"].startswith("/erasures/")
    assert "chown -R 10001:10001 /data /erasures /backups" in dockerfile, "a new volume gets the owner of its folder"
    assert "USER 10001" in dockerfile


def test_images_are_pinned_to_a_version():
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    images.append(re.search(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1])
    assert all(re.search(r":\d+\.\d+", image) for image in images), images


def test_redis_refuses_rather_than_forgets():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_secrets_are_not_copied_into_the_image():
    assert {".env", ".env.*", ".git", "var"} <= set((ROOT / ".dockerignore").read_text().splitlines())
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_caddy_takes_the_largest_upload_and_does_not_compress():
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    largest = int(re.search(r"max_size (\d+)MB", caddy)[1]) * 1_000_000
    assert largest > max(settings.WAGTAILDOCS_MAX_UPLOAD_SIZE, settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE)
    assert not re.search(r"^\s*(encode|trusted_proxies|log_credentials)\b", caddy, re.MULTILINE)
