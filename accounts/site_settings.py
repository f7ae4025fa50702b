"""What every page needs: the site, its operator, and whether to link the admin.

Each process remembers them for up to 30 seconds, since they rarely change.
"""

from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.models import Site

from accounts.models import Operator
from accounts.process_cache import forget, remember

OPERATOR, SECONDS = "operator", 30


def current_operator() -> Operator:
    """Return the operator's settings; unsaved defaults in an empty database."""

    def load() -> Operator | None:
        site = current_site()
        return Operator.for_site(site) if site else None

    return remember(OPERATOR, SECONDS, load) or Operator()


def current_site() -> Site | None:
    """Return the default site with its root page loaded; None in an empty database."""

    def load() -> Site | None:
        site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
        if site is not None:
            _ = site.root_page.specific  # cached on the page, so later readers make no query
        return site

    return remember("site", SECONDS, load)


def can_open_admin(user) -> bool:
    """Whether to show this person a link to the admin, which asks for the second step and checks every request."""
    return user.is_authenticated and remember(("can open admin", user.pk), SECONDS, lambda: user.is_staff_member)


@receiver(post_save, sender=Operator)
def forget_operator(**_kwargs) -> None:
    """Make a change visible at once in the process that saved it; the others follow within 30 seconds."""
    forget(OPERATOR)
