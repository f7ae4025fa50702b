"""Check SVG figures against an allow-list: shapes and text; no style, script, event handler or external link.

The text of a figure is stored beside its drawing as a list of labels, so that it can be translated and the drawing can
follow theme and direction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.html import escape

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "path", "rect", "circle", "line", "text", "tspan", "polygon", "polyline", "ellipse"}
GEOMETRY = {
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy",
    "width", "height", "d", "points", "transform", "viewBox", "class",
}  # fmt: skip
MAX_LENGTH, MAX_DEPTH = 200_000, 20  # characters, levels; a drawing made by hand has a few kilobytes and three levels
SAFE_VALUE = re.compile(r"[\w\s.,%()+\-]*")  # no url(), no quotes, no scheme


class FigureError(ValueError):
    """The figure breaks a rule of parse(). The message says which one."""


@dataclass(frozen=True)
class Figure:
    """A checked figure: its text alternative, its drawing and the texts in the drawing."""

    title: str
    description: str
    drawing: str  # SVG with {{n}} in place of the n-th label
    labels: list[str]


def parse(source: str) -> Figure:
    """Return the figure in the text of an SVG file.

    Raises FigureError for anything outside the allow-list, and for a figure without title or description.
    """
    if len(source) > MAX_LENGTH:
        raise FigureError(f"longer than {MAX_LENGTH} characters")
    try:
        root = fromstring(source, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise FigureError(f"not a readable SVG file: {error}") from error
    title, description = (_take_text(root, name) for name in ("title", "desc"))
    if not title or not description:
        raise FigureError("needs a <title> and a <desc>: the text alternative")
    labels: list[str] = []
    _clean(root, labels, MAX_DEPTH)
    if root.tag != "svg":
        raise FigureError("the outermost element must be <svg>")
    return Figure(title, description, tostring(root, encoding="unicode"), labels)


def draw(drawing: str, labels: list[str]) -> str:
    """The drawing as inline SVG, with the escaped labels in place of {{n}}."""
    escaped = [escape(label) for label in labels]
    return re.sub(r"\{\{(\d+)\}\}", lambda m: escaped[int(m[1])] if int(m[1]) < len(escaped) else "", drawing)


def _take_text(root: Element, name: str) -> str:
    element = root.find(SVG + name)
    if element is None:
        return ""
    root.remove(element)
    return " ".join("".join(element.itertext()).split())


def _clean(element: Element, labels: list[str], levels_left: int) -> None:
    """Check an element and everything in it, and move its text to `labels`. Raises FigureError."""
    if levels_left < 0:
        raise FigureError(f"elements are nested more than {MAX_DEPTH} levels deep")
    name = str(element.tag).removeprefix(SVG)
    if name not in SHAPES:
        raise FigureError(f"<{name}> is not allowed")
    element.tag = name
    for attribute, value in element.attrib.items():
        if attribute not in GEOMETRY or not SAFE_VALUE.fullmatch(value):
            raise FigureError(f'{attribute}="{value[:40]}" is not allowed on <{name}>')
    if name in ("text", "tspan") and element.text and element.text.strip():
        element.text = _label(element.text, labels)
    elif element.text and element.text.strip():
        raise FigureError(f"there is text outside <text>, in <{name}>")
    else:
        element.text = ""
    for child in element:
        _clean(child, labels, levels_left - 1)
        if child.tail and child.tail.strip():
            if child.tag != "tspan":
                raise FigureError(f"there is text outside <text>, after <{child.tag}>")
            child.tail = _label(child.tail, labels)
        else:
            child.tail = ""


def _label(text: str, labels: list[str]) -> str:
    labels.append(" ".join(text.split()))
    return f"{{{{{len(labels) - 1}}}}}"
