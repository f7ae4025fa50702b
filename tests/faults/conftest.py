"""Products for fault experiments: on SQLite with the embedded broker, and on PostgreSQL with a Redis server of their own."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from tests.faults.experiment import FULL
from tests.faults.own_redis import OwnRedis
from tests.faults.register import SHORT_TIMES
from tests.support.product import Product

SQLITE = pytest.param(False, id="sqlite", marks=pytest.mark.embedded)
POSTGRESQL = pytest.param(True, id="postgresql-redis", marks=pytest.mark.services)
# `make faults` tries both installations; `make test-all` tries that of production, where its services answer.
ON_BOTH = [SQLITE, POSTGRESQL] if FULL else [POSTGRESQL if "DATABASE_URL" in os.environ else SQLITE]
# A negative control that takes long shows what `make faults` is worth; it says nothing about the product.
long_control = pytest.mark.skipif(not FULL, reason="a control of `make faults`")


@contextlib.contextmanager
def making(folder: Path):
    """Create a product with short waiting times, not started. With services it has its own Redis (product.redis)."""
    made = []

    def make(services: bool, course: bool = False, **environment: str) -> Product:
        own = OwnRedis(folder / f"redis{len(made)}") if services else None
        product = Product(folder / f"product{len(made)}", services, **{**SHORT_TIMES, **environment})
        product.redis = own
        if own:
            product.environment["REDIS_URL"] = own.url
        made.append(product)
        return product.set_up(course=course)

    yield make
    for product in made:
        product.stop()
        if product.redis:
            product.redis.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make(tmp_path):
    with making(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def make_once(tmp_path_factory):
    """Like `make`, for a product that several experiments share one after the other."""
    with making(tmp_path_factory.mktemp("products")) as make:
        yield make


@pytest.fixture
def product_settings(tmp_path):
    """The environment of a product whose files are in the folder of this test."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "elearning.settings", "VAR_DIR": str(tmp_path)}


@pytest.fixture(params=ON_BOTH)
def product(request, make):
    return make(request.param)
