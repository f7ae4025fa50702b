"""Who may download an uploaded document: whoever may read a published page that uses it, and its authors."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.documents import get_document_model
from wagtail.models import Page, ReferenceIndex
from wagtail.permissions import policy_registry

from courses import access, closed_page


def before_serve_document(document, request: HttpRequest) -> HttpResponse | None:
    """Raise Http404 if no published page uses it. Respond as its page does to whoever may not read that page."""
    if may_edit(request.user, document):
        return None
    visits = [(page, access.visit(request, page)) for page in pages_using(document)]
    if not visits:
        raise Http404
    refusals = [(page, visit) for page, visit in visits if visit is not None and not visit.may_read]
    if len(refusals) < len(visits):
        return None
    return closed_page.response(request, *refusals[0])


def may_edit(user, document) -> bool:
    """Whether this person works with documents. Nobody does whose session has not shown the second step."""
    policy = policy_registry.get_by_type(get_document_model())
    return policy.user_has_any_permission_for_instance(user, {"change", "choose"}, document)


def pages_using(document) -> list[Page]:
    """The published pages that use the document. Wagtail's index of references follows the published text, not drafts.

    An alias leads to its page, which is among them.
    """
    pages = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.get_references_to(document).filter(base_content_type=pages)
    pks = [int(pk) for pk in references.values_list("object_id", flat=True)]
    return list(Page.objects.live().filter(pk__in=pks, alias_of=None).order_by("path").specific())
