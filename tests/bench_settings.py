"""The product's settings with the floors of `make bench` beside its addresses."""

from elearning.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench_urls"
