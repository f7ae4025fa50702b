"""Drawn figures that authors make: from an SVG file, through the allow-list, with errors at the field."""

import pytest
from django.core.exceptions import ValidationError
from wagtail.test.utils.form_data import rich_text

from courses import figures
from courses.figure_block import FigureBlock
from courses.models.pages import LessonPage
from tests.journeys.test_authoring import add_lesson, lesson_form
from tests.security.test_uploads import BAD_FIGURES
from tests.support import factories

FROM_A_PROGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made with a drawing program -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:p="http://program.example/" width="100px" height="50" id="s" version="1.1">
  <p:view p:zoom="2"/><metadata><p:rdf/></metadata><defs id="d"/><title>Layer</title>
  <g p:label="Layer 1" id="g"><rect style="fill:#ff0000;stroke:none;-p-x:1" width="3" height="4"/></g>
  <text x="3" y="9" style="font-size:12px;font-family:Arial" xml:space="preserve">Before <tspan>and</tspan> after</text>
</svg>"""
STORED = (
    '<svg viewBox="0 0 100 50"><g><rect width="3" height="4" fill="#ff0000" stroke="none" /></g>'
    '<text x="3" y="9" font-size="12px">{{0}}<tspan>{{1}}</tspan>{{2}}</text></svg>'
)


def figure(**changes):
    block = FigureBlock()
    plain = {"title": "T", "description": "D", "drawing": STORED, "labels": [], "caption": "", "cites": [], **changes}
    return block, block.normalize({**block.get_default(), **plain})


def cleaned(**changes):
    block, value = figure(caption="<b>C</b>", **changes)
    return block.clean(value)


def test_a_drawing_of_a_drawing_program_is_stored_without_what_the_program_adds():
    assert figures.redraw(FROM_A_PROGRAM, []) == (STORED, ["Before", "and", "after"])


@pytest.mark.parametrize("path", sorted(factories.LIBRARY.rglob("*.svg")), ids=lambda path: path.stem)
def test_a_stored_drawing_comes_back_unchanged_and_follows_the_theme(path):
    stored = figures.parse(path.read_text())
    assert figures.redraw(stored.drawing, stored.labels) == (stored.drawing, stored.labels)
    assert not figures.has_own_colours(stored.drawing)


@pytest.mark.parametrize("case", [case for case in BAD_FIGURES if case != "a doctype"])
def test_what_a_package_may_not_bring_an_author_may_not_either(case):
    with pytest.raises(figures.FigureError):
        figures.redraw(BAD_FIGURES[case], [])


@pytest.mark.parametrize("style", ["fill:url(#a)", "stroke:url(javascript:x)", 'fill:red" onload="x'])
def test_a_style_brings_no_address(style):
    with pytest.raises(figures.FigureError):
        figures.redraw(f"<svg viewBox='0 0 9 9'><rect style='{style}'/></svg>", [])


def test_words_of_the_drawing_become_labels_that_can_be_changed():
    value = cleaned(drawing=FROM_A_PROGRAM)
    assert list(value["labels"]) == ["Before", "and", "after"]
    ids = [label.id for label in value["labels"].bound_blocks]
    value = FigureBlock().clean(value)
    assert [label.id for label in value["labels"].bound_blocks] == ids
    value["labels"][1] = "or"
    assert "or" in FigureBlock().render(value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"drawing": ""}, "drawing"), ({"drawing": "<svg"}, "drawing"), ({"description": ""}, "description")],
)
def test_an_error_stands_at_its_field(changes, field):
    with pytest.raises(ValidationError) as refused:
        cleaned(**changes)
    assert list(refused.value.block_errors) == [field]


def test_a_draft_may_lack_the_drawing_but_not_hold_a_forbidden_one():
    block, value = figure(drawing="")
    assert block.clean_deferred(value)["drawing"] == ""
    value["drawing"] = BAD_FIGURES["a script"]
    with pytest.raises(ValidationError):
        block.clean_deferred(value)


@pytest.mark.django_db
def test_an_author_adds_a_drawn_figure_to_a_lesson(client, kofi):
    course = factories.course()
    client.force_login(kofi)
    block = {"title": "A box", "description": "A red box.", "drawing": FROM_A_PROGRAM, "labels": {"count": "0"},
             "caption": rich_text("<p>A box</p>"), "cites": {"count": "0"}}  # fmt: skip
    add_lesson(client, course, lesson_form("With a figure", ("figure", block), **{"action-submit": "1"}))
    lesson = LessonPage.objects.get(title="With a figure")
    assert lesson.body[0].value["drawing"] == STORED
    html = lesson.body.render_as_block()
    assert 'class="own-colours"' in html
    assert "Before" in html
