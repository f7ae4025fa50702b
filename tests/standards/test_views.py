"""The public pages of the Standards, with permanent URLs and the state of the checks."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, ReferenceIndex

from accounts import process_cache
from accounts.site_settings import current_operator
from standards.confirmations import PERMISSION
from standards.models import Edition, Statement, StatementCheck, StatementText

UNCHECKED = "Paraphrase, not yet checked against the publication"


def get(client, path, status=200):
    response = client.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def warm_caches(db):
    """Fill the process caches (operator, content types) before queries are counted."""
    process_cache.forget()
    current_operator()
    ContentType.objects.get_for_models(Statement, Page)


# Entry pages ---------------------------------------------------------------------------------------


def test_the_standards_redirect_to_the_newest_edition(client, small):
    Edition.objects.create(slug="2016", title="Draft", short_title="Draft", year=2016)
    response = client.get("/en/standards/")
    assert (response.status_code, response["Location"]) == (302, "/en/standards/2020/")


def test_without_an_edition_the_page_says_so(client, db):
    assert "No edition of the Standards has been loaded yet." in get(client, "/en/standards/")


def test_a_permanent_url_redirects_to_the_readers_language(client, small):
    response = client.get("/standards/2020/1.3.6/", headers={"accept-language": "ar"})
    assert (response.status_code, response["Location"]) == (302, "/ar/standards/2020/1.3.6/")


@pytest.mark.parametrize("code", ["1.3.99", "9.9.9", "A.99", "1.3.6.1"])
def test_an_unknown_code_is_404_with_a_link_to_the_edition(client, small, code):
    html = get(client, f"/en/standards/2020/{code}/", 404)
    assert f"There is no <bdi>{code}</bdi> in this edition" in html
    assert 'href="/en/standards/2020/"' in html
    assert get(client, f"/en/standards/2020/section/{code}/", 404).count(code) >= 1


@pytest.mark.parametrize("path", ["2020/x/", "2020/1/", "1999/", "1999/1.3.6/", "2020/1.3.6%00/", "2020/section/%27/"])
def test_a_malformed_code_is_404(client, small, path):
    get(client, f"/en/standards/{path}", 404)


def test_the_code_of_a_section_redirects_to_the_section(client, small):
    assert client.get("/en/standards/2020/1.3/")["Location"] == "/en/standards/2020/section/1.3/"


# Edition and section ---------------------------------------------------------------------------


def test_the_edition_shows_the_counts_of_statements_and_unchecked_ones(client, edition):
    html = get(client, "/en/standards/2020/")
    assert "318 statements, in our own words. 205 still have to be compared" in html
    assert re.search(r"10 statements\s*<br>\s*3 not yet checked", html)
    assert html.count("<h1") == 1
    assert re.findall(r'id="chapter-(.)"', html) == ["1", "2", "3", "4", "5", "A"]


def test_the_edition_shows_its_licence_and_the_missing_endorsement(client, small):
    html = get(client, "/en/standards/2020/")
    assert "https://creativecommons.org/licenses/by-nc-sa/3.0/igo" in html
    assert "WHO and UNODC have neither reviewed nor endorsed them" in html
    assert "978-92-4-000219-7" in html


def test_a_section_lists_its_statements_in_order_with_their_labels(client, edition):
    html = get(client, "/en/standards/2020/section/1.3/")
    chips = re.findall(r'<span class="chip( draft)?"><bdi>([\d.]+)</bdi>', html)
    assert [code for _draft, code in chips] == [f"1.3.{number}" for number in range(1, 11)]
    assert [code for draft, code in chips if draft] == ["1.3.2", "1.3.3", "1.3.10"]
    assert html.count(UNCHECKED) == 3


# A statement -----------------------------------------------------------------------------------


def test_unchecked_statements_are_labelled_and_sourced_ones_name_their_source(client, edition):
    unchecked = get(client, "/en/standards/2020/1.3.10/").partition("Where it is taught")[0]
    assert UNCHECKED in unchecked
    assert "Written from general knowledge of the field; no source is named." in unchecked
    assert "For clinicians, managers and policymakers." in unchecked
    sourced = get(client, "/en/standards/2020/1.3.6/").partition("Where it is taught")[0]
    assert UNCHECKED not in sourced
    assert "Based on: <bdi>ICD-11 CDDR substance dependence, copy</bdi>. For clinicians and researchers." in sourced


def test_a_statement_shows_its_neighbours_and_the_next_one(client, edition):
    html = get(client, "/en/standards/2020/1.3.10/")
    near = html.partition('id="near"')[2].partition("</section>")[0]
    assert re.findall(r"<bdi>(1[.\d]+)</bdi></span>", near) == ["1.3.8", "1.3.9"]
    onward = html.partition('class="onward"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', onward) == ["/en/standards/2020/2.1.1/", "/en/standards/2020/1.3.9/"]
    rail = html.partition('class="rail"')[2].partition("</aside>")[0]
    assert re.findall(r"<bdi>(1\.3\.\d+)</bdi>", rail) == [f"1.3.{number}" for number in range(1, 11)]
    assert rail.count('aria-current="page"') == 1


def test_a_statement_is_cited_as_a_paraphrase_with_its_permanent_url(client, small, settings):
    settings.BASE_URL = "https://learn.example.org"
    for language in ("en", "ar"):
        html = get(client, f"/{language}/standards/2020/1.3.6/")
        assert "https://learn.example.org/standards/2020/1.3.6/</bdi>" in html
    assert "paraphrase published by" in get(client, "/en/standards/2020/1.3.6/")


def test_an_arabic_page_shows_english_words_as_english(client, small):
    html = get(client, "/ar/standards/2020/1.3.6/")
    assert '<html lang="ar" dir="rtl">' in html
    assert '<blockquote class="space-small" lang="en" dir="ltr"><p>ICD-11 dependence needs evidence' in html.replace(
        "‑", "-"
    )
    assert '<blockquote class="space-small"><p>' in get(client, "/en/standards/2020/1.3.6/")


def test_the_official_text_is_labelled(client, small):
    statement = Statement.objects.get(code="1.3.10")
    StatementText.objects.create(statement=statement, language="en", kind="official", text="Its words.", source="WHO")
    html = get(client, "/en/standards/2020/1.3.10/").partition("Where it is taught")[0]
    assert "<p>Its words.</p>" in html
    assert "Official text" in html
    assert UNCHECKED not in html


# Where it is taught ----------------------------------------------------------------------------


def cite(source, statement, number=1):
    """Create the row that Wagtail writes when `source` is saved with a citation of `statement`."""
    ReferenceIndex.objects.create(
        base_content_type=ReferenceIndex._get_base_content_type(source),
        content_type=ContentType.objects.get_for_model(source),
        object_id=str(source.pk),
        to_content_type=ContentType.objects.get_for_model(statement),
        to_object_id=str(statement.pk),
        model_path="body.cites.item",
        content_path=f"body.cites.{number}",
        content_path_hash=ReferenceIndex._get_content_path_hash(f"body.cites.{number}"),
    )


def page(parent, title, **fields):
    return parent.add_child(instance=Page(title=title, **fields))


def test_a_statement_lists_the_live_lessons_that_cite_it_and_counts_the_rest(client, small, kofi, grace):
    statement = Statement.objects.get(code="1.3.6")
    module = page(Page.objects.get(depth=2), "Nature and diagnosis")
    cite(page(module, "Diagnosis with ICD-11"), statement, 1)
    cite(page(module, "A draft", live=False), statement)
    cite(kofi, statement)
    cite(grace, statement)
    html = get(client, "/en/standards/2020/1.3.6/")
    usage = html.partition('id="taught"')[2].partition("</section>")[0]
    assert re.findall(r"<h3><a[^>]*>([^<]+)</a></h3> <p class=\"meta\"><span>([^<]+)</span></p>", usage) == [
        ("Diagnosis with ICD-11", "Nature and diagnosis")
    ]
    assert "2 questions in the question bank are also based on it." in usage
    assert "No lesson cites this statement yet." in get(client, "/en/standards/2020/1.3.7/")


def test_a_lesson_that_cites_twice_is_listed_once(client, small):
    statement = Statement.objects.get(code="1.3.6")
    lesson = page(Page.objects.get(depth=2), "Diagnosis")
    cite(lesson, statement, 1)
    cite(lesson, statement, 2)
    assert get(client, "/en/standards/2020/1.3.6/").count(">Diagnosis</a>") == 1


# Editors ---------------------------------------------------------------------------------------


@pytest.fixture
def editor(grace):
    app, codename = PERMISSION.split(".")
    grace.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return grace


def test_an_editor_confirms_the_wording_that_was_shown(client, small, editor):
    client.force_login(editor)
    text = StatementText.objects.get(statement__code="1.3.10")
    assert f'name="text" value="{text.pk}"' in get(client, "/en/standards/2020/1.3.10/")
    answer = client.post("/en/standards/2020/1.3.10/confirm/", {"text": text.pk}, follow=True)
    assert "Recorded: you have compared this wording with the publication." in answer.content.decode()
    assert [(check.text, check.by) for check in StatementCheck.objects.all()] == [(text, editor)]
    html = get(client, "/en/standards/2020/1.3.10/")
    assert "Paraphrase, confirmed by an editor" in html
    assert "I have compared it" not in html
    again = client.post("/en/standards/2020/1.3.10/confirm/", {"text": text.pk}, follow=True)
    assert "This wording was already confirmed. Nothing has changed." in again.content.decode()


def test_a_learner_and_a_visitor_cannot_confirm(client, small, amina):
    assert "I have compared it" not in get(client, "/en/standards/2020/1.3.10/")
    text = StatementText.objects.get(statement__code="1.3.10").pk
    assert client.post("/en/standards/2020/1.3.10/confirm/", {"text": text}).status_code == 302
    client.force_login(amina)
    assert "I have compared it" not in get(client, "/en/standards/2020/1.3.10/")
    assert client.post("/en/standards/2020/1.3.10/confirm/", {"text": text}).status_code == 403
    assert not StatementCheck.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "-1", "9" * 30, "999999", "other"])
def test_a_confirmation_of_another_text_is_404(client, small, editor, text):
    client.force_login(editor)
    other = StatementText.objects.get(statement__code="1.3.6").pk
    posted = other if text == "other" else text
    assert client.post("/en/standards/2020/1.3.10/confirm/", {"text": posted}).status_code == 404
    assert client.get("/en/standards/2020/1.3.10/confirm/").status_code == 405


# Queries ---------------------------------------------------------------------------------------


def test_pages_take_the_same_queries_for_any_content(client, edition, warm_caches, django_assert_num_queries):
    for path, queries in {
        "/en/standards/2020/": 5,
        "/en/standards/2020/section/5.4/": 3,
        "/en/standards/2020/section/4.2.3/": 3,
        "/en/standards/2020/1.3.6/": 3,
        "/en/standards/2020/4.2.3.26/": 3,
        "/en/standards/2020/search/?q=naloxone": 4,
        "/en/standards/2020/search/?q=treatment": 4,
    }.items():
        with django_assert_num_queries(queries):
            get(client, path)


def test_usage_takes_the_same_queries_for_one_lesson_and_for_ten(
    client, edition, warm_caches, django_assert_num_queries
):
    module = page(Page.objects.get(depth=2), "Module")
    for code, lessons in (("1.3.6", 1), ("1.3.7", 10)):
        for number in range(lessons):
            cite(page(module, f"Lesson {code} {number}"), Statement.objects.get(code=code))
    get(client, "/en/standards/2020/1.3.6/")
    for path in ("/en/standards/2020/1.3.6/", "/en/standards/2020/1.3.7/"):
        with django_assert_num_queries(7):
            get(client, path)
