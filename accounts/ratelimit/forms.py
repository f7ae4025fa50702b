"""Forms that keep what was typed when their sender has to wait."""

from __future__ import annotations

from allauth.core import context

from accounts.ratelimit.limiter import TooOften, wait_message


class LimitedFormMixin:
    """A form whose fields count tries. A TooOften is an error of the form; the answer has the status 429."""

    def full_clean(self) -> None:
        try:
            super().full_clean()  # type: ignore[misc]
        except TooOften as error:
            if context.request:
                context.request.too_often = error  # read by accounts.middleware.RateLimitMiddleware
            self.add_error(None, wait_message(error))  # type: ignore[attr-defined]
