"""What a password needs, said in every language."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's rule in our words: its own message has changed, and most of its catalogues have only the old one."""

    def get_error_message(self) -> str:
        text = ngettext(
            "This is too short: a password has at least %(n)s character.",
            "This is too short: a password has at least %(n)s characters.",
            self.min_length,
        )
        return text % {"n": self.min_length}
