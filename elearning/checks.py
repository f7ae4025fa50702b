"""System checks: what elearning.production refuses. `manage.py check` and most other commands run them."""

import os
import sys

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from elearning import production


@register("production")
def check_production(**_kwargs) -> list[CheckMessage]:
    """Report each problem and each warning of production, and what keeps a trial from being production."""
    if not settings.PRODUCTION:
        return [_message(Warning, problem, "elearning.W002") for problem in production.half_set(os.environ)]
    errors = [_message(Error, problem, "elearning.E001") for problem in production.problems(os.environ)]
    if sys.argv[1:2] != ["check"]:  # before the answer of each other command they would only be in the way
        return errors
    return errors + [_message(Warning, problem, "elearning.W001") for problem in production.warnings(os.environ)]


def _message(kind: type[Error] | type[Warning], problem: production.Problem, number: str) -> CheckMessage:
    return kind(f"{problem.variable} {problem.what}.", hint=f"For example: {problem.example}", id=number)
