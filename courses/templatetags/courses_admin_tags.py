"""Template tags for our additions to Wagtail's confirmation pages."""

from django import template

from courses import protection

register = template.Library()


@register.simple_tag
def people_under_way(*pages) -> str:
    """See protection.people_under_way()."""
    return protection.people_under_way(pages)


@register.simple_tag
def people_under_way_in(rows) -> str:
    """The same for the rows of a bulk action, each with its page as `item`."""
    return protection.people_under_way([row["item"] for row in rows])
