"""Turn a lesson of a course package, written in fenced Markdown blocks, into raw data for its StreamFields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nh3
from markdown_it import MarkdownIt

from courses import figures
from courses.importing.format import Fence, Part, Problem, duplicates, fences
from courses.importing.front_matter import LessonSchema, front_matter_problems

ALLOWED = {"p", "b", "i", "ul", "ol", "li", "h3", "br"}
MARKDOWN = MarkdownIt("commonmark", {"html": False})
TITLE = re.compile(r"^## (?P<title>.+)$")
OPTION = re.compile(r"^- (?P<open>[(\[])(?P<mark>[ x])[)\]] (?P<text>.+?) \{#(?P<id>[a-z0-9-]+)\}\s*$")
Raw = dict[str, Any]


class BlockError(ValueError):
    """A block cannot be loaded. The message says why."""


def check(part: Part) -> list[Problem]:
    """The problems that keep this lesson from being loaded."""
    problems = front_matter_problems(part, LessonSchema)
    items = list(fences(part))
    problems += [item for item in items if isinstance(item, Problem)]
    blocks = [item for item in items if isinstance(item, Fence)]
    problems += duplicates(part, [(block.anchor, block.line) for block in blocks], "the block")
    for block in blocks:
        problems += part.unknown_statements(block.attributes.get("cite", "").split(), block.line)
        try:
            _block(part, block)
        except (BlockError, figures.FigureError) as error:
            problems.append(part.problem(block.line, str(error)))
    return problems


def content(part: Part) -> Raw:
    """The fields of the lesson page. Call check() on the part first."""
    front = LessonSchema.model_validate(part.front)
    blocks = [block for block in fences(part) if isinstance(block, Fence)]
    return {
        "number": front.number,
        "minutes": front.minutes,
        "objectives": phrases(part, "objectives"),
        "body": [_block(part, block) for block in blocks],
    }


def phrases(part: Part, name: str) -> list[Raw]:
    """A list of the front matter as raw StreamField data with stable ids."""
    return [
        {"type": "item", "value": str(text), "id": str(part.key(name, str(number)))}
        for number, text in enumerate(part.front.get(name) or [])
    ]


def rich(text: str) -> str:
    """Render Markdown as the HTML that Wagtail's rich text stores. Tags outside ALLOWED are removed."""
    html = MARKDOWN.render(text).replace("strong>", "b>").replace("em>", "i>")
    return nh3.clean(html, tags=ALLOWED, attributes={}).replace("\n", "").strip()


def _block(part: Part, fence: Fence) -> Raw:
    build = BUILDERS.get(fence.kind)
    if build is None:
        raise BlockError(f"`{fence.kind}` is not a kind of block; use one of {', '.join(BUILDERS)}")
    return {"type": fence.kind, "value": build(part, fence), "id": str(part.key("block", fence.anchor))}


def _titled(fence: Fence, *, required: bool = True) -> tuple[str, str]:
    first, _, rest = fence.text.partition("\n")
    match = TITLE.match(first)
    if match:
        return match["title"].strip(), rest.strip()
    if required:
        raise BlockError("the block must begin with a line `## Title`")
    return "", fence.text


def _cites(part: Part, fence: Fence) -> list[Raw]:
    codes = fence.attributes.get("cite", "").split()
    return [
        {"type": "item", "value": part.statements.get(code), "id": str(part.key("cite", fence.anchor, code))}
        for code in codes
    ]


def _text(part: Part, fence: Fence) -> Raw:
    heading, text = _titled(fence, required=False)
    return {"heading": heading, "text": rich(text), "cites": _cites(part, fence)}


def _case(part: Part, fence: Fence) -> Raw:
    title, text = _titled(fence)
    return {"title": title, "text": rich(text)}


def _callout(part: Part, fence: Fence) -> Raw:
    title, text = _titled(fence)
    tone = fence.attributes.get("tone", "note")
    if tone not in ("note", "warn", "ok"):
        raise BlockError(f"`{tone}` is not a tone; use note, warn or ok")
    return {"tone": tone, "title": title, "text": rich(text), "cites": _cites(part, fence)}


def _figure(part: Part, fence: Fence) -> Raw:
    title, text = _titled(fence)
    path = (part.path.parent / fence.attributes.get("file", "")).resolve()
    if part.root.resolve() not in path.parents or not path.is_file():
        raise BlockError(f"there is no file `{fence.attributes.get('file', '')}` in the package")
    figure = figures.parse(path.read_text(encoding="utf-8"))
    caption = f"**{title}** {text}".strip()
    return {
        "title": figure.title,
        "description": figure.description,
        "drawing": figure.drawing,
        "labels": [
            {"type": "item", "value": label, "id": str(part.key("label", fence.anchor, str(number)))}
            for number, label in enumerate(figure.labels)
        ],
        "caption": rich(caption),
        "cites": _cites(part, fence),
    }


def _table(part: Part, fence: Fence) -> Raw:
    caption, text = _titled(fence)
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.split("\n") if line.strip()]
    if len(rows) < 3 or not all(re.fullmatch(r":?-+:?", cell) for cell in rows[1]):
        raise BlockError("a table needs a header row, a row of dashes and at least one more row")
    if len({len(row) for row in rows}) != 1:
        raise BlockError("every row of a table must have the same number of cells")
    table = {
        "columns": [{"type": "text", "heading": _plain(heading)} for heading in rows[0]],
        "rows": [{"values": [_plain(cell) for cell in row]} for row in rows[2:]],
        "caption": "",
    }
    return {"caption": caption, "table": table, "cites": _cites(part, fence)}


def _check(part: Part, fence: Fence) -> Raw:
    stem: list[str] = []
    options: list[Raw] = []
    brackets: set[str] = set()
    for line in fence.text.split("\n"):
        if match := OPTION.match(line):
            brackets.add(match["open"])
            options.append(
                {"id": match["id"], "text": _plain(match["text"]), "right": match["mark"] == "x", "feedback": []}
            )
        elif line.startswith("- "):
            raise BlockError(f"write an option as `- ( ) text {{#id}}`: {line[:60]}")
        elif options:
            options[-1]["feedback"].append(line.strip())
        else:
            stem.append(line.strip())
    ids = [option["id"] for option in options]
    right = sum(option["right"] for option in options)
    if len(options) < 2 or len(set(ids)) != len(ids):
        raise BlockError("a check needs two or more options with different ids")
    if len(brackets) != 1 or right < 1 or (brackets == {"("} and right != 1):
        raise BlockError("use ( ) with exactly one (x), or [ ] with one or more [x]")
    if not all(any(option["feedback"]) for option in options):
        raise BlockError("every option needs feedback, indented below it")
    return {
        "stem": " ".join(filter(None, stem)),
        "options": [
            {
                "type": "item",
                "id": str(part.key("option", fence.anchor, option["id"])),
                "value": {
                    "text": option["text"],
                    "correct": option["right"],
                    "feedback": _plain(" ".join(filter(None, option["feedback"]))),
                },
            }
            for option in options
        ],
        "cites": _cites(part, fence),
    }


def _plain(text: str) -> str:
    """The text without Markdown's bold marks, for a plain text field."""
    return text.replace("**", "").strip()


BUILDERS: dict[str, Callable[[Part, Fence], Raw]] = {
    "text": _text,
    "case": _case,
    "callout": _callout,
    "figure": _figure,
    "table": _table,
    "check": _check,
}
