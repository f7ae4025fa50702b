"""Template tags for the head of a page: its title, and what search engines and previews of links read.

Only visitors get the latter: neither a search engine nor a preview is signed in, and learners pay for each byte.
"""

from html import unescape

from django import template
from django.conf import settings
from django.utils.encoding import escape_uri_path
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, to_locale
from wagtail.images.models import Image
from wagtail.models import Page

from accounts.context_processors import in_language
from accounts.process_cache import remember
from courses.models.pages import ContentPage, HomePage
from courses.templatetags.courses_tags import locale_codes

register = template.Library()

DESCRIPTION_LENGTH = 200  # characters; search engines show fewer
LOGO_FILTER = "max-600x600|format-png"  # previews show PNG, and not every one shows WebP
CACHE_SECONDS = 300
# Languages with a compiled catalogue. The pages of the others are in English.
TRANSLATED = [
    code
    for code, _name in settings.LANGUAGES
    if code == "en" or (settings.LOCALE_PATHS[0] / to_locale(code) / "LC_MESSAGES" / "django.mo").exists()
]


@register.simple_block_tag(takes_context=True)
def page_title(context: template.Context, content: SafeString) -> SafeString:
    """The title element as it is, and the title for previews, which name the site beside it."""
    if not _is_for_visitors(context):
        return content
    title = _plain(content).removesuffix(f" - {context['operator'].site_name}")
    return content + _properties({"og:title": title})


@register.simple_block_tag(takes_context=True)
def page_description(context: template.Context, content: str) -> SafeString:
    """The description for search engines and previews; nothing for a page that says none."""
    description = Truncator(_plain(content)).chars(DESCRIPTION_LENGTH)
    if not description or not _is_for_visitors(context):
        return SafeString("")
    element = format_html('<meta name="description" content="{}">', description)
    return element + _properties({"og:description": description})


@register.simple_tag(takes_context=True)
def page_addresses(context: template.Context) -> SafeString:
    """The one address of the page, those of its translations, and the site for previews."""
    if not _is_for_visitors(context):
        return SafeString("")
    paths = _paths(context)
    language = _content_language(context)
    canonical = _address(paths.get(language, context["request"].path))
    alternates = [(code, _address(path)) for code, path in sorted(paths.items()) if len(paths) > 1]
    properties = {
        "og:type": "website",
        "og:url": canonical,
        "og:site_name": context["operator"].site_name,
        "og:locale": to_locale(language),
    }
    if context["operator"].logo:
        properties["og:image"] = settings.BASE_URL + _logo_url(context["operator"].logo)
    return (
        format_html('<link rel="canonical" href="{}">', canonical)
        + format_html_join("", '<link rel="alternate" hreflang="{}" href="{}">', alternates)
        + _properties(properties)
    )


def _address(path: str) -> str:
    """The whole address of a path, percent-encoded as in a link: a path may hold any letters, and what somebody typed."""
    return settings.BASE_URL + escape_uri_path(path)


def _properties(properties: dict[str, str]) -> SafeString:
    return format_html_join("", '<meta property="{}" content="{}">', properties.items())


def _plain(content: str) -> str:
    """Text of a template block without markup."""
    return " ".join(unescape(strip_tags(content)).split())


def _is_for_visitors(context: template.Context) -> bool:
    user = getattr(context.get("request"), "user", None)
    return user is not None and not user.is_authenticated


def _content_page(context: template.Context) -> ContentPage | None:
    """The page that authors wrote in one language; None for pages whose words are those of the interface."""
    page = context.get("page")
    return page if isinstance(page, ContentPage) and not isinstance(page, HomePage) else None


def _content_language(context: template.Context) -> str:
    page, language = _content_page(context), get_language() or "en"
    if page:
        return locale_codes().get(page.locale_id, "en")
    return language if language in TRANSLATED else "en"


def _paths(context: template.Context) -> dict[str, str]:
    """The path of the page by the languages that it is in."""
    page, path = _content_page(context), context["request"].path
    if page:
        return remember(("translations", page.translation_key), CACHE_SECONDS, lambda: _translations(page))
    if context["request"].resolver_match and path.startswith(f"/{get_language()}/"):
        return {code: in_language(path, code) for code in TRANSLATED}
    return {}


def _translations(page: ContentPage) -> dict[str, str]:
    pages = Page.objects.live().filter(translation_key=page.translation_key, alias_of=None)
    rows = pages.values_list("locale__language_code", "url_path")
    return {code: f"/{code}/{url_path.split('/', 2)[2]}" for code, url_path in rows}


def _logo_url(logo: Image) -> str:
    return remember(("logo", logo.pk, logo.file_hash), CACHE_SECONDS, lambda: logo.get_rendition(LOGO_FILTER).url)
