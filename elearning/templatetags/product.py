"""Template tags about the product itself."""

from django import template

from elearning.version import VERSION

register = template.Library()


@register.simple_tag
def product_version() -> str:
    return VERSION
