"""What a browser without JavaScript sends of the form on the page of a question."""

from __future__ import annotations

from html.parser import HTMLParser

from django.utils.datastructures import MultiValueDict


class Form(HTMLParser):
    """The fields of the form of a question with their present values."""

    def __init__(self, html: str):
        super().__init__()
        self.fields = MultiValueDict()
        self.inside = False
        self.select = self.text_field = ""  # the open select, and the field whose text content is its value
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.inside = attributes.get("id") == "item" if tag == "form" else self.inside
        if not self.inside:
            return
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.text_field = name
        elif tag == "option" and "selected" in attributes:
            self.text_field = "" if "value" in attributes else self.select
            self.fields.setlist(self.select, [value] if "value" in attributes else [])
        elif tag == "input" and (attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes):
            self.fields.appendlist(name, value)

    def handle_data(self, data):
        if self.text_field:
            self.fields.appendlist(self.text_field, data)

    def handle_endtag(self, tag):
        if tag in ("textarea", "option"):
            self.text_field = ""
        if tag == "form":
            self.inside = False


def posted(html: str, **more) -> dict[str, list[str]]:
    """The fields of a question's form that belong to the answer, with `more` added."""
    fields = dict(Form(html).fields.lists())
    return {name: values for name, values in fields.items() if name not in ("op", "csrfmiddlewaretoken")} | more
