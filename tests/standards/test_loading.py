"""An edition is loaded completely, once, and never changes afterwards."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from standards.compendium import CompendiumError
from standards.loading import load, load_texts
from standards.models import Edition, Section, Statement, StatementText
from tests.standards.conftest import COMPENDIUM, write


def command(*args):
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue().strip()


def test_the_shipped_edition_has_318_statements_in_33_sections_and_is_sealed(edition):
    assert (edition.sections.count(), edition.statements.count()) == (33, 318)
    assert edition.statements.unchecked("en").count() == 205
    assert edition.sealed_at is not None


def test_a_second_load_writes_nothing_and_reports_it(db):
    assert command("load_standards") == (
        "Loaded and sealed: 318 statements. Edition 2020 has 33 sections and 318 statements."
    )
    before = list(StatementText.objects.values()), list(Statement.objects.values()), list(Edition.objects.values())
    assert command("load_standards") == "Nothing to write. Edition 2020 has 33 sections and 318 statements."
    assert (
        list(StatementText.objects.values()),
        list(Statement.objects.values()),
        list(Edition.objects.values()),
    ) == before


def test_codes_are_in_their_natural_order(edition):
    codes = list(edition.statements.filter(section__code="1.3").values_list("code", flat=True))
    assert codes == [f"1.3.{number}" for number in range(1, 11)]
    assert list(edition.statements.values_list("position", flat=True)) == list(range(1, 319))


def test_a_statement_is_named_by_its_code_and_first_words(edition, django_assert_num_queries):
    statement = Statement.objects.get(code="1.3.10")
    with django_assert_num_queries(0):
        assert str(statement) == "1.3.10 Not everyone who uses drugs has a disorder or needs specialised…"


def test_a_changed_file_is_refused_with_the_name_of_the_difference(small, compendium, tmp_path):
    compendium["sections"][2]["statements"][5]["text"] = "Something else."
    with pytest.raises(CompendiumError) as error:
        load(write(tmp_path / "changed.json", compendium))
    assert str(error.value) == (
        "Edition 2020 is sealed and differs from this file in statement 1.3.6. Nothing was written. "
        "Load a changed text as a new edition, or append a wording with load_texts."
    )
    assert StatementText.objects.count() == Statement.objects.count() == 26


def test_a_file_with_less_or_more_is_refused_too(small):
    with pytest.raises(CompendiumError, match=r"section 2\.1, section 2\.2, .* and 317 more"):
        load(COMPENDIUM)


def test_the_next_edition_is_loaded_beside_the_first(small, compendium, tmp_path):
    compendium["edition"]["year"] = 2031
    report = load(write(tmp_path / "next.json", compendium))
    assert (report.edition, report.written) == ("2031", 26)
    assert list(Edition.objects.values_list("slug", flat=True)) == ["2031", "2020"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data["sections"].pop(), "the file declares 3 sections but contains 2."),
        (lambda data: data["sections"][0].pop("statements"), "'statements' is missing or wrong"),
        (lambda data: data.pop("edition"), "'edition' is missing or wrong"),
        (
            lambda data: data["edition"].update(short_title="2020 \U0001f600"),
            "short_title: This sign cannot be printed",
        ),
        (lambda data: data["sections"][1].update(code="1.1"), "a code is used twice among the sections."),
        (
            lambda data: data["sections"][0]["statements"][0].update(code="1.1.2"),
            "a code is used twice among the statements.",
        ),
    ],
)
def test_a_faulty_file_is_refused_and_leaves_nothing(db, tmp_path, compendium, spoil, message):
    spoil(compendium)
    with pytest.raises(CompendiumError) as error:
        load(write(tmp_path / "faulty.json", compendium))
    assert message in str(error.value)
    assert not Edition.objects.exists()


def test_a_failed_load_is_rolled_back(db, tmp_path, compendium):
    compendium["sections"][2]["statements"][3]["editor_check"] = "perhaps"
    with pytest.raises(Exception, match="must be either True or False"):
        load(write(tmp_path / "broken.json", compendium))
    assert not Edition.objects.exists()
    assert not Section.objects.exists()


@pytest.mark.parametrize("content", ["{", "[]"])
def test_the_command_reports_why_a_file_is_refused(db, tmp_path, content):
    path = tmp_path / "torn.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="this file"):
        command("load_standards", str(path))
    with pytest.raises(CommandError, match="this file cannot be read as JSON"):
        command("load_standards", str(tmp_path / "absent.json"))


# Official text --------------------------------------------------------------------------------


def official(**changes):
    data = {"edition": "2020", "language": "fr", "kind": "official", "source": "WHO, 2024"}
    return data | {"texts": {"1.3.10": "Mots officiels.", "1.3.6": "D'autres mots."}} | changes


def test_the_official_text_is_loaded_from_a_file_and_takes_precedence(small, tmp_path):
    path = write(tmp_path / "official.json", official())
    assert command("load_texts", str(path)) == "Edition 2020: 2 wordings appended, 0 existed already."
    assert command("load_texts", str(path)) == "Edition 2020: 0 wordings appended, 2 existed already."
    shown = Statement.objects.with_shown("fr").get(code="1.3.10")
    assert (shown.shown_text, shown.shown_kind, shown.shown_language) == ("Mots officiels.", "official", "fr")
    assert Statement.objects.with_shown("ru").get(code="1.3.10").shown_language == "en"
    assert not Statement.objects.unchecked("fr").filter(code="1.3.10").exists()
    assert Statement.objects.unchecked("en").filter(code="1.3.10").exists()


def test_a_corrected_wording_is_shown_instead_of_the_older_one(small, tmp_path):
    load_texts(write(tmp_path / "1.json", official()))
    load_texts(write(tmp_path / "2.json", official(texts={"1.3.6": "Mieux dit."})))
    assert Statement.objects.with_shown("fr").get(code="1.3.6").shown_text == "Mieux dit."
    assert StatementText.objects.filter(statement__code="1.3.6", language="fr").count() == 2


def test_the_first_file_still_matches_after_a_wording_was_appended(small, tmp_path, compendium):
    load_texts(write(tmp_path / "new.json", official(language="en", kind="paraphrase")))
    assert load(write(tmp_path / "again.json", compendium)).written == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edition": "1999"}, "there is no edition '1999'."),
        ({"language": "xx"}, "the language 'xx' or the kind 'official' is unknown."),
        ({"kind": "rumour"}, "the language 'fr' or the kind 'rumour' is unknown."),
        ({"texts": {"9.9.9": "?"}}, "edition 2020 has no statement 9.9.9."),
        ({"texts": {"1.3.6": " "}}, "'texts' must contain a text for each code."),
        ({"texts": []}, "'texts' must contain a text for each code."),
        ({"source": ""}, "'source' must say where these texts come from."),
    ],
)
def test_faulty_texts_are_refused(small, tmp_path, changes, message):
    path = write(tmp_path / "texts.json", official(**changes))
    with pytest.raises(CommandError) as error:
        command("load_texts", str(path))
    assert str(error.value) == f"{path}: {message}"
    assert not StatementText.objects.filter(language="fr").exists()


def test_the_shipped_file_has_the_declared_counts():
    data = json.loads(COMPENDIUM.read_text(encoding="utf-8"))
    assert data["provenance"]["counts"] == {
        "sections": 33,
        "statements": 318,
        "sourced": 113,
        "editor_check": 205,
    }
