"""Database triggers protect sealed editions and appended rows."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from standards.confirmations import confirm
from standards.models import Edition, Section, Statement, StatementCheck, StatementText


@pytest.fixture
def draft(db):
    """An unsealed edition with one section and one statement."""
    edition = Edition.objects.create(slug="draft", title="Draft", short_title="Draft", year=2030)
    section = Section.objects.create(edition=edition, code="1.1", title="One", kind="system", basis="mixed", position=1)
    Statement.objects.create(
        edition=edition, section=section, code="1.1.1", label="One", position=1, basis="sourced", editor_check=False
    )
    return edition


CHANGES = {
    "the edition is renamed": lambda edition: Edition.objects.filter(pk=edition.pk).update(title="Other"),
    "a section is renamed": lambda edition: edition.sections.update(title="Other"),
    "a statement is renumbered": lambda edition: edition.statements.filter(code="1.1.1").update(code="1.1.99"),
    "a section is added": lambda edition: Section.objects.create(
        edition=edition, code="9.9", title="More", kind="system", basis="mixed", position=999
    ),
    "a statement is added": lambda edition: Statement.objects.create(
        edition=edition,
        section=edition.sections.first(),
        code="1.1.98",
        label="More",
        position=999,
        basis="sourced",
        editor_check=False,
    ),
    "its statements are removed": lambda edition: Statement.objects.filter(edition=edition)._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_sealed_edition_refuses_changes(small, change):
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        change(small)


def test_a_sealed_edition_and_its_empty_section_cannot_be_removed(draft):
    Statement.objects.filter(edition=draft).delete()
    Edition.objects.filter(pk=draft.pk).update(sealed_at=timezone.now())
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        draft.sections.all().delete()
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        Edition.objects.filter(pk=draft.pk)._raw_delete("default")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_unsealed_edition_allows_changes(draft, change):
    change(draft)


def test_a_statement_cannot_be_moved_into_a_sealed_edition(small, draft):
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        Statement.objects.filter(edition=draft).update(edition=small, position=900)


def test_a_seal_cannot_be_removed(small):
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        Edition.objects.filter(pk=small.pk).update(sealed_at=None)


def test_texts_and_checks_can_be_added_but_not_changed(small, grace):
    text = StatementText.objects.filter(statement__code="1.3.10").get()
    assert confirm(text, grace)
    for rows, change in ((StatementText, {"text": "Other"}), (StatementCheck, {"by": None})):
        with pytest.raises(IntegrityError, match="appended"), transaction.atomic():
            rows.objects.update(**change)
        with pytest.raises(IntegrityError, match="appended"), transaction.atomic():
            rows.objects.all()._raw_delete("default")
    StatementText.objects.create(statement=text.statement, language="en", kind="paraphrase", text="Better", source="x")
    assert StatementText.objects.filter(statement__code="1.3.10").count() == 2


def test_a_second_confirmation_changes_nothing(small, grace, kofi):
    text = StatementText.objects.filter(statement__code="1.3.10").get()
    assert [confirm(text, grace), confirm(text, kofi)] == [True, False]
    assert [check.by for check in StatementCheck.objects.all()] == [grace]
