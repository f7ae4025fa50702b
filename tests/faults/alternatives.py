"""Run one process with other environment variables for a while: without a protection, or on a broken connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.support.product import Product


def without_protection(what: str) -> dict[str, str]:
    """Return the environment in which one protection is missing (careless_settings.py)."""
    return {"DJANGO_SETTINGS_MODULE": "tests.faults.careless_settings", "CARELESS": what}


@contextlib.contextmanager
def restarted_with(product: Product, name: str, **environment: str) -> Iterator[None]:
    usual = product.environment
    product.environment = usual | environment
    restart(product, name)
    try:
        yield
    finally:
        product.environment = usual
        restart(product, name)


def restart(product: Product, name: str) -> None:
    product.kill(name)
    product.start(name)
