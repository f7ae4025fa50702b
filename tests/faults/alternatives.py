"""One process of a running product with another environment for a while: a careless one, or a broken line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.support.product import Product


def careless(what: str) -> dict[str, str]:
    """The environment in which one protection is missing (careless_settings.py)."""
    return {"DJANGO_SETTINGS_MODULE": "tests.faults.careless_settings", "CARELESS": what}


@contextlib.contextmanager
def otherwise(product: Product, name: str, **environment: str) -> Iterator[None]:
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
