"""The edition that ships with the product, and a smaller file to load instead."""

import copy
import json
from pathlib import Path

import pytest
from django.conf import settings

from standards.loading import load
from standards.models import Edition

COMPENDIUM = Path(settings.BASE_DIR) / "standards" / "data" / "compendium.json"
FULL = json.loads(COMPENDIUM.read_text(encoding="utf-8"))


@pytest.fixture
def edition(db):
    """The edition of 2020, loaded and sealed."""
    load(COMPENDIUM)
    return Edition.objects.get(slug="2020")


@pytest.fixture
def compendium():
    """The content of a small file: sections 1.1 to 1.3 of the edition of 2020."""
    data = copy.deepcopy(FULL)
    data["sections"] = data["sections"][:3]
    recount(data)
    return data


@pytest.fixture
def small(db, tmp_path, compendium):
    """The small file, loaded and sealed."""
    load(write(tmp_path / "small.json", compendium))
    return Edition.objects.get(slug="2020")


def recount(data):
    sections = data["sections"]
    data["provenance"]["counts"] = {
        "sections": len(sections),
        "statements": sum(len(section["statements"]) for section in sections),
    }


def write(path, data):
    path.write_text(json.dumps(data), encoding="utf-8")
    return path
