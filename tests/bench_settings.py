"""The settings of the product with the additional URLs of `make bench`."""

from elearning.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench_urls"
