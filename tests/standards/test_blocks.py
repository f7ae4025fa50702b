"""The citation block: finding citations in raw data, and rendering them without a query for each."""

import dataclasses

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from wagtail import blocks

from accounts import process_cache
from standards.blocks import CitationBlock, cited_pks
from standards.confirmations import confirm
from standards.display import DisplayedStatement, display_statements
from standards.models import Statement, StatementText

pytestmark = pytest.mark.once


class Passage(blocks.StructBlock):
    text = blocks.CharBlock(default="")
    cites = CitationBlock()


class Body(blocks.StreamBlock):
    passage = Passage()
    box = blocks.StructBlock([("inner", blocks.StreamBlock([("passage", Passage())]))])
    cites = CitationBlock()


def item(pk):
    return {"type": "item", "value": pk, "id": f"item-{pk}"}


def passage(*pks):
    return {"type": "passage", "value": {"text": "7", "cites": [item(pk) for pk in pks]}, "id": f"p-{pks}"}


RAW = [
    passage(1, 2),
    passage(),
    {"type": "box", "value": {"inner": [passage(2, 3)]}, "id": "b"},
    {"type": "cites", "value": [item(4), 5, item(None)], "id": "c"},
    {"type": "other", "value": {"number": 99, "list": [item(98)]}, "id": "d"},
]


def test_cited_pks_finds_citations_at_any_depth_and_nothing_else():
    assert cited_pks(RAW) == {1, 2, 3, 4, 5}
    assert cited_pks([]) == cited_pks(None) == set()


def test_cited_pks_takes_no_query_and_instantiates_no_blocks(db, django_assert_num_queries):
    value = blocks.StreamValue(Body(), RAW[:4], is_lazy=True)
    with django_assert_num_queries(0):
        assert cited_pks(value) == {1, 2, 3, 4, 5}
    assert value._bound_blocks == [None] * 4


def test_display_statements_takes_one_query_for_any_number(small, django_assert_num_queries):
    pks = list(Statement.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        assert len(display_statements(pks, "ar")) == 26
    with django_assert_num_queries(1):
        assert len(display_statements([*pks[:1], 999_999], None)) == 1
    with django_assert_num_queries(0):
        assert display_statements([], "en") == {}


def test_a_displayed_statement_has_the_origin_and_the_check_of_its_text(small, grace):
    sourced, unchecked = Statement.objects.get(code="1.3.6"), Statement.objects.get(code="1.3.10")
    shown = display_statements([sourced.pk, unchecked.pk], "en")
    assert (shown[sourced.pk].unchecked, shown[sourced.pk].checked, shown[sourced.pk].official) == (False,) * 3
    assert shown[unchecked.pk].unchecked
    assert shown[unchecked.pk].url == "/en/standards/2020/1.3.10/"
    confirm(StatementText.objects.get(statement=unchecked), grace)
    confirmed = display_statements([unchecked.pk], "en")[unchecked.pk]
    assert (confirmed.unchecked, confirmed.checked) == (False, True)


def test_the_check_of_an_old_wording_does_not_apply_to_a_new_one(small, grace):
    statement = Statement.objects.get(code="1.3.10")
    confirm(StatementText.objects.get(statement=statement), grace)
    StatementText.objects.create(statement=statement, language="en", kind="paraphrase", text="New", source="x")
    shown = display_statements([statement.pk], "en")[statement.pk]
    assert (shown.text, shown.unchecked, shown.checked) == ("New", True, False)


def test_the_first_words_end_cleanly_and_work_without_spaces(small):
    statement = Statement.objects.get(code="1.3.2")
    assert display_statements([statement.pk], "en")[statement.pk].opening == "Biological vulnerability…"
    StatementText.objects.create(
        statement=statement, language="zh-hans", kind="official", text="药物使用障碍" * 10, source="x"
    )
    assert display_statements([statement.pk], "zh-hans")[statement.pk].opening == "药物使用障碍" * 6 + "…"


def render(pks, **context):
    block = CitationBlock()
    return block.render(block.to_python([item(pk) for pk in pks]), context)


def test_citations_show_the_text_and_its_origin_label(small):
    sourced, unchecked = Statement.objects.get(code="1.3.6"), Statement.objects.get(code="1.3.10")
    html = render([sourced.pk, unchecked.pk])
    assert html.count("<details") == 2
    assert html.count('<details class="cite draft">') == 1
    assert html.count("Paraphrase, source named") == 1
    assert html.count("Paraphrase, not yet checked against the publication") == 1
    assert 'href="/en/standards/2020/1.3.10/"' in html


def test_citations_use_the_statements_in_the_context_without_a_query(small, django_assert_num_queries):
    pks = list(Statement.objects.values_list("pk", flat=True))
    block = CitationBlock()
    value = block.to_python([item(pk) for pk in pks])
    displayed = display_statements(pks, "en")
    with django_assert_num_queries(0):
        assert block.render(value, {"displayed_statements": displayed}).count("<details") == 26
    with django_assert_num_queries(0):  # the process remembers them
        assert block.render(value, {}).count("<details") == 26
    process_cache.forget()
    with django_assert_num_queries(1):
        assert block.render(value, {}).count("<details") == 26


def test_a_citation_without_statements_renders_nothing(small):
    assert render([]) == render([999_999]) == "\n"


def test_english_text_on_an_arabic_page_is_marked_as_english(small):
    statement = Statement.objects.get(code="1.3.6")
    with translation.override("ar"):
        html = render([statement.pk])
    assert '<blockquote lang="en" dir="ltr">' in html
    assert "lang=" not in render([statement.pk])


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"official": True}, "Official text"),
        ({"unchecked": True}, "Paraphrase, not yet checked against the publication"),
        ({"checked": True}, "Paraphrase, confirmed by an editor"),
        ({}, "Paraphrase, source named"),
    ],
)
def test_the_origin_label_names_every_kind_of_text(fields, label):
    values = dict.fromkeys((field.name for field in dataclasses.fields(DisplayedStatement)), "") | fields
    html = render_to_string("standards/mark.html", {"displayed": DisplayedStatement(**values)})
    assert f">{label}</span>" in html
    assert ('class="mark"' in html) == bool(fields.get("unchecked"))
