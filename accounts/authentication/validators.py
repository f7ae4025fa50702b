"""Password validators with messages in every interface language."""

from django.contrib.auth import password_validation
from django.utils.translation import ngettext


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Django's minimum length with our own message: most of Django's catalogues translate only an older message."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This is too short: a password has at least %(n)s character.",
            "This is too short: a password has at least %(n)s characters.",
            self.min_length,
        )
        return text % {"n": self.min_length}
