"""Password validators with messages in every interface language."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's minimum length with our message: most of Django's catalogues translate only an older one."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This is too short: a password has at least %(n)s character.",
            "This is too short: a password has at least %(n)s characters.",
            self.min_length,
        )
        return text % {"n": self.min_length}
