"""Check SVG figures against an allow-list: shapes and text; no style, script, event handler or external link.

The text of a figure is stored beside its drawing as a list of labels, so that it can be translated and the drawing can
follow theme and direction. A package brings a whole file (parse), an author gives a drawing in the editor (redraw).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.html import escape
from django.utils.translation import gettext as _

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "path", "rect", "circle", "line", "text", "tspan", "polygon", "polyline", "ellipse"}
GEOMETRY = {
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy",
    "width", "height", "d", "points", "transform", "viewBox", "class",
}  # fmt: skip
COLOURS = {
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "stroke-dasharray", "stroke-opacity", "opacity", "font-size", "font-weight", "font-style", "text-anchor",
}  # fmt: skip
MAX_LENGTH, MAX_DEPTH = 200_000, 20  # characters, levels; a drawing made by hand has a few kilobytes and three levels
SAFE_VALUE = re.compile(r"#?[\w\s.,%()+\-]*")  # no url(#…), no quotes, no scheme
# What drawing programs add and no drawing needs.
UNUSED = {"id", "version", "baseProfile", "style", "role", "font-family", "preserveAspectRatio"}
UNUSED_ELEMENTS = {"title", "desc", "metadata"}
DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*>")  # without declarations of its own
PIXELS = re.compile(r"(\d+(?:\.\d+)?)(?:px)?")
THEMED = re.compile(r'class="[^"]*\b(outline|accent-outline|fill-accent|fill-rule|fill-edge)\b')
OWN_COLOUR = re.compile(r'\b(fill|stroke)="(?!none)')


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
    root = _read(source)
    title, description = (_take_text(root, name) for name in ("title", "desc"))
    if not title or not description:
        raise FigureError(_("A figure needs a <title> and a <desc>: its text alternative."))
    return Figure(title, description, *_checked(root))


def redraw(drawing: str, labels: list[str]) -> tuple[str, list[str]]:
    """The drawing and its labels as they are stored, from the text of an SVG file or from a stored drawing.

    What drawing programs add beside the drawing is left out. Raises FigureError for anything else outside the
    allow-list. A drawing that is stored already comes back unchanged.
    """
    root = _read(DOCTYPE.sub("", draw(drawing, labels), count=1))
    for element in list(root.iter()):
        _simplify(element)
    _set_view_box(root)
    return _checked(root)


def draw(drawing: str, labels: list[str]) -> str:
    """The drawing as inline SVG, with the escaped labels in place of {{n}}."""
    escaped = [escape(label) for label in labels]
    return re.sub(r"\{\{(\d+)\}\}", lambda m: escaped[int(m[1])] if int(m[1]) < len(escaped) else "", drawing)


def has_own_colours(drawing: str) -> bool:
    """Whether the drawing brings its colours along instead of following the theme. It needs a light ground then."""
    return bool(OWN_COLOUR.search(drawing)) or not THEMED.search(drawing)


def _read(source: str) -> Element:
    if len(source) > MAX_LENGTH:
        raise FigureError(_("The drawing is longer than %(most)d characters.") % {"most": MAX_LENGTH})
    try:
        return fromstring(source, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise FigureError(_("This is not the text of an SVG file: %(error)s") % {"error": error}) from error


def _checked(root: Element) -> tuple[str, list[str]]:
    labels: list[str] = []
    _clean(root, labels, MAX_DEPTH)
    if root.tag != "svg":
        raise FigureError(_("The outermost element must be <svg>."))
    return tostring(root, encoding="unicode"), labels


def _simplify(element: Element) -> None:
    """Turn declarations of a style into attributes, and remove what drawing programs add."""
    for declaration in element.attrib.get("style", "").split(";"):
        name, _colon, value = (part.strip() for part in declaration.partition(":"))
        if name in COLOURS:
            element.set(name, value)
    for name in list(element.attrib):
        if name in UNUSED or name.startswith(("{", "data-", "aria-")):
            del element.attrib[name]
    for child in list(element):
        name = str(child.tag).removeprefix(SVG)
        if name.startswith("{") or name in UNUSED_ELEMENTS or (name == "defs" and not len(child)):
            element.remove(child)


def _set_view_box(root: Element) -> None:
    """Let the drawing scale: a size in pixels becomes its view box."""
    size = [PIXELS.fullmatch(root.attrib.pop(name, "").strip()) for name in ("width", "height")]
    if "viewBox" in root.attrib:
        return
    if not all(size):
        raise FigureError(_("The <svg> element needs a viewBox, for example viewBox=“0 0 300 200”."))
    root.set("viewBox", " ".join(["0 0", *(match[1] for match in size if match)]))


def _take_text(root: Element, name: str) -> str:
    element = root.find(SVG + name)
    if element is None:
        return ""
    root.remove(element)
    return " ".join("".join(element.itertext()).split())


def _clean(element: Element, labels: list[str], levels_left: int) -> None:
    """Check an element and everything in it, and move its text to `labels`. Raises FigureError."""
    if levels_left < 0:
        raise FigureError(_("Elements are nested more than %(most)d levels deep.") % {"most": MAX_DEPTH})
    name = str(element.tag).removeprefix(SVG)
    if name not in SHAPES:
        raise FigureError(_("<%(name)s> is not allowed. A drawing has shapes, lines and text.") % {"name": name})
    element.tag = name
    for attribute, value in element.attrib.items():
        if attribute not in GEOMETRY | COLOURS or not SAFE_VALUE.fullmatch(value):
            text = _("%(attribute)s=“%(value)s” is not allowed on <%(name)s>.")
            raise FigureError(text % {"attribute": attribute, "value": value[:40], "name": name})
    if name in ("text", "tspan") and element.text and element.text.strip():
        element.text = _label(element.text, labels)
    elif element.text and element.text.strip():
        raise FigureError(_("There is text outside <text>, in <%(name)s>.") % {"name": name})
    else:
        element.text = ""
    for child in element:
        _clean(child, labels, levels_left - 1)
        if child.tail and child.tail.strip():
            if child.tag != "tspan":
                raise FigureError(_("There is text outside <text>, after <%(name)s>.") % {"name": child.tag})
            child.tail = _label(child.tail, labels)
        else:
            child.tail = ""


def _label(text: str, labels: list[str]) -> str:
    labels.append(" ".join(text.split()))
    return f"{{{{{len(labels) - 1}}}}}"
