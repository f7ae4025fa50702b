"""Whoever gives somebody powers, or changes how they sign in, types their own password into the form."""

from __future__ import annotations

from typing import Any, cast

from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.ratelimit import limits
from accounts.ratelimit.forms import LimitedFormMixin


class OwnPasswordForm(LimitedFormMixin, forms.Form):
    """Mixed into a form of the admin. An open session alone must not take an account over, or make an administrator."""

    fields: dict[str, Any]
    your_password = forms.CharField(
        label=_("Your own password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    @property
    def by(self) -> User | None:
        """Whose password it is: of the person who sends the form. None outside a request."""
        return cast(User, context.request.user) if context.request else None

    def needs_password(self) -> bool:
        """Whether what the form does is asked about. Called when all fields are cleaned."""
        return True

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if self.needs_password() and not self._is_right(self.cleaned_data.get("your_password", "")):
            self.add_error("your_password", _("Enter your own password. It confirms that this change is yours."))
        return data

    def _is_right(self, password: str) -> bool:
        """Raises TooOften."""
        if self.by is None:
            return False
        request, account = context.request, self.by.email or self.by.username
        attempts = limits.count_password_attempt(request, account)
        if not self.by.check_password(password):
            return False
        limits.clear_password_attempts(request, account, attempts)
        return True
