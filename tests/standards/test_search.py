"""Search finds statements by their words, explains every result and accepts any input."""

import re

import pytest

from standards.loading import load_texts
from standards.models import Statement
from tests.standards.conftest import write


def search(client, **query):
    response = client.get("/en/standards/2020/search/", query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def codes_in(html):
    return set(re.findall(r'<span class="chip(?: draft)?"><bdi>([\w.]+)</bdi>', html))


def test_a_word_finds_the_statements_that_contain_it(client, edition):
    html = search(client, q="dependence")
    codes = codes_in(html)
    assert codes >= {"1.3.5", "1.3.6", "1.3.7", "4.2.3.1"}
    assert f"{len(codes)} statements with <bdi>dependence</bdi>" in html
    texts = Statement.objects.with_shown("en").filter(code__in=codes)
    assert all("depend" in row.shown_text.lower() for row in texts)


def test_a_statement_must_contain_all_the_words(client, edition):
    assert codes_in(search(client, q="custody dependence")) == {"5.3.5"}


def test_an_appended_wording_is_indexed(client, small, tmp_path):
    assert codes_in(search(client, q="toxicomanie")) == set()
    texts = {"1.3.6": "La toxicomanie, en d'autres mots."}
    load_texts(
        write(
            tmp_path / "fr.json",
            {"edition": "2020", "language": "fr", "kind": "official", "source": "WHO", "texts": texts},
        )
    )
    assert codes_in(search(client, q="toxicomanie")) == {"1.3.6"}


@pytest.mark.parametrize(("query", "code"), [("1.3.6", "1.3.6"), (" a.1.2 ", "A.1.2"), ("1.3", "1.3")])
def test_a_code_redirects_to_its_statement(client, edition, query, code):
    response = client.get("/en/standards/2020/search/", {"q": query})
    assert (response.status_code, response["Location"]) == (302, f"/en/standards/2020/{code}/")


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_shows_a_hint(client, small, query):
    html = search(client, q=query)
    assert "Enter one or more words, such as dependence or naloxone" in html
    assert 'class="field-error"' not in html


@pytest.mark.parametrize("query", ["a", '"', "'", "*", "__a", "% s"])
def test_a_query_that_is_too_short_shows_an_error(client, small, query):
    html = search(client, q=query)
    assert "Enter at least two letters of a word, or a code such as 1.3.6." in html
    assert 'aria-describedby="id_q_error"' in html


def test_a_search_without_results_links_to_the_sections(client, small):
    html = search(client, q="xyzzy")
    assert "No statement with <bdi>xyzzy</bdi>" in html
    assert "See all sections" in html


@pytest.mark.parametrize(
    "query",
    [
        'de"pendence',
        "a OR b",
        "NOT dependence",
        "NEAR(a b)",
        "body:use",
        "dep*",
        "%s %d",
        "a & | ! b",
        "\\",
        "x" * 100,
        "ICD-11",
        "أب جد",
        "药物",
        "()",
        "1..3",
        "...",
        "99.99",
        "\x00abc",
        "x" * 101,
        "<b>use</b>",
        "patient's",
    ],
)
def test_no_input_breaks_the_search(client, small, query):
    search(client, q=query)


def test_long_results_are_paginated(client, edition):
    first, second = search(client, q="treatment"), search(client, q="treatment", p="2")
    assert len(codes_in(first)) == len(codes_in(second)) == 20
    assert codes_in(first).isdisjoint(codes_in(second))
    assert 'href="?q=treatment&amp;p=2"' in first
    assert codes_in(search(client, q="treatment", p="x")) == codes_in(first)
    assert codes_in(search(client, q="treatment", p="999")) != set()
