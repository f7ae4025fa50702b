"""Search finds statements by their words, in every state says what happened, and never breaks."""

import re

import pytest

from standards.loading import load_texts
from standards.models import Statement
from tests.standards.conftest import write


def search(client, **query):
    response = client.get("/en/standards/2020/search/", query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def found(html):
    return set(re.findall(r'<span class="chip(?: draft)?"><bdi>([\w.]+)</bdi>', html))


def test_a_word_finds_the_statements_that_have_it(client, edition):
    html = search(client, q="dependence")
    codes = found(html)
    assert codes >= {"1.3.5", "1.3.6", "1.3.7", "4.2.3.1"}
    assert f"{len(codes)} statements with <bdi>dependence</bdi>" in html
    texts = Statement.objects.with_shown("en").filter(code__in=codes)
    assert all("depend" in row.shown_text.lower() for row in texts)


def test_all_the_words_have_to_be_there(client, edition):
    assert found(search(client, q="custody dependence")) == {"5.3.5"}


def test_an_appended_wording_is_found_too(client, small, tmp_path):
    assert found(search(client, q="toxicomanie")) == set()
    texts = {"1.3.6": "La toxicomanie, en d'autres mots."}
    load_texts(
        write(
            tmp_path / "fr.json",
            {"edition": "2020", "language": "fr", "kind": "official", "source": "WHO", "texts": texts},
        )
    )
    assert found(search(client, q="toxicomanie")) == {"1.3.6"}


@pytest.mark.parametrize(("query", "code"), [("1.3.6", "1.3.6"), (" a.1.2 ", "A.1.2"), ("1.3", "1.3")])
def test_a_code_leads_straight_there(client, edition, query, code):
    response = client.get("/en/standards/2020/search/", {"q": query})
    assert (response.status_code, response["Location"]) == (302, f"/en/standards/2020/{code}/")


@pytest.mark.parametrize("query", ["", "   "])
def test_nothing_asked_is_met_with_a_hint(client, small, query):
    html = search(client, q=query)
    assert "Write one or more words, such as dependence or naloxone" in html
    assert 'class="field-error"' not in html


@pytest.mark.parametrize("query", ["a", '"', "'", "*", "__a", "% s"])
def test_too_little_is_met_with_a_reason(client, small, query):
    html = search(client, q=query)
    assert "Write at least two letters of a word, or a code such as 1.3.6." in html
    assert 'aria-describedby="id_q_error"' in html


def test_a_word_that_is_nowhere_is_met_with_a_way_on(client, small):
    html = search(client, q="xyzzy")
    assert "No statement with <bdi>xyzzy</bdi>" in html
    assert "To all sections" in html


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


def test_long_results_come_in_pages(client, edition):
    first, second = search(client, q="treatment"), search(client, q="treatment", p="2")
    assert len(found(first)) == len(found(second)) == 20
    assert found(first).isdisjoint(found(second))
    assert 'href="?q=treatment&amp;p=2"' in first
    assert found(search(client, q="treatment", p="x")) == found(first)
    assert found(search(client, q="treatment", p="999")) != set()
