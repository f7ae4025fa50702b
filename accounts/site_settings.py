"""The one site this installation serves, who runs it, and what of it is the same on every page.

Kept for up to 30 seconds in each process: every page asks, and the answers change once a year.
"""

from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.models import Site

from accounts.models import Operator
from accounts.process_cache import forget, remember

OPERATOR, SECONDS = "operator", 30


def current_operator() -> Operator:
    """The running organisation's settings; unsaved defaults in an empty database."""

    def ask() -> Operator | None:
        site = current_site()
        return Operator.for_site(site) if site else None

    return remember(OPERATOR, SECONDS, ask) or Operator()


def current_site() -> Site | None:
    """The site with its root page loaded; None in an empty database."""

    def ask() -> Site | None:
        site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
        if site is not None:
            _ = site.root_page.specific  # loaded once, and kept on the page
        return site

    return remember("site", SECONDS, ask)


def works_here(user) -> bool:
    """Whether to show this person the way to the admin; what opens there is decided there, at every request."""
    return user.is_authenticated and remember(("works here", user.pk), SECONDS, lambda: user.is_staff)


@receiver(post_save, sender=Operator)
def forget_operator(**_kwargs) -> None:
    """Show the change at once in the process that made it."""
    forget(OPERATOR)
