"""The admin in the time zone of the viewer's own details.

accounts.middleware has set that zone when a view of the admin begins. Wagtail would set another one: that of its own
user profile, or UTC.
"""

from contextlib import AbstractContextManager, nullcontext

from wagtail.admin import localization


def keep_zone(_zone: str) -> AbstractContextManager[None]:
    """In place of timezone.override(): leave the active time zone as it is."""
    return nullcontext()


def install() -> None:
    localization.override_tz = keep_zone
