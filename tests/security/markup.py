"""Find payloads that have become markup, by parsing the page as a browser does."""

from html.parser import HTMLParser

MARK = "pwn"
ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "poster", "to", "values", "background"}
RUNS = ("javascript:", "vbscript:", "data:text", "//pwn.", "http://pwn.", "https://pwn.")
DATA = {"application/json", "text/django-form-template", "text/x-template", "application/ld+json"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.live: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        of = dict(attrs)
        self.inside = tag if tag in ("script", "style") and of.get("type", "") not in DATA else ""
        if MARK in tag:
            self.live.append(f"<{tag}>")
        for name, value in attrs:
            if self._is_live(tag, name, value or ""):
                self.live.append(f"<{tag} {name}={value!r}>")

    def _is_live(self, tag: str, name: str, value: str) -> bool:
        if MARK in name:
            return True
        if MARK not in value:
            return False
        plain = "".join(value.split()).lower()
        if name in ("srcdoc", "style", "ping", "http-equiv") or name.startswith("on"):
            return True
        if tag == "meta" and name == "content" and "url=" in plain:
            return True
        return name in ADDRESSES and plain.startswith(RUNS)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside and MARK in data:
            self.live.append(f"<{self.inside}>{data[:80]}")


def live_markup(html: str) -> list[str]:
    """Return every place where text with the mark would run, load or style something."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.live
