"""The settings of the product with the floors of `make bench` and a header that counts SQL statements."""

from elearning.settings import *  # noqa: F403
from elearning.settings import MIDDLEWARE as PRODUCT

ROOT_URLCONF = "tests.bench.urls"
MIDDLEWARE = ["tests.bench.statements.StatementCountMiddleware", *PRODUCT]
