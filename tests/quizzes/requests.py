"""What a browser would send of the form on the page of an item, without a line of JavaScript."""

from __future__ import annotations

from html.parser import HTMLParser

from django.utils.datastructures import MultiValueDict


class Form(HTMLParser):
    """The fields of the form of an item, as they stand."""

    def __init__(self, html: str):
        super().__init__()
        self.fields = MultiValueDict()
        self.inside = False
        self.select = self.open = ""  # the list, and the field whose text is its value
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.inside = given.get("id") == "item" if tag == "form" else self.inside
        if not self.inside:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.open = name
        elif tag == "option" and "selected" in given:
            self.open = "" if "value" in given else self.select
            self.fields.setlist(self.select, [value] if "value" in given else [])
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.fields.appendlist(name, value)

    def handle_data(self, data):
        if self.open:
            self.fields.appendlist(self.open, data)

    def handle_endtag(self, tag):
        if tag in ("textarea", "option"):
            self.open = ""
        if tag == "form":
            self.inside = False


def posted(html: str, **more) -> dict[str, list[str]]:
    """The fields of an item's form with what somebody adds to them, but for what belongs to no answer."""
    fields = dict(Form(html).fields.lists())
    return {name: values for name, values in fields.items() if name not in ("op", "csrfmiddlewaretoken")} | more
