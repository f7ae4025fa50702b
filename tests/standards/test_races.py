"""Two simultaneous loads leave one edition, and tables emptied after a test keep their triggers."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from standards import loading
from standards.compendium import read
from standards.models import Edition, Statement
from tests.standards.conftest import write


@pytest.fixture
def small_file(tmp_path, compendium):
    return write(tmp_path / "small.json", compendium)


def load_twice_at_once(path, monkeypatch):
    """Load one file in two threads. Both read it before one writes. Return their reports or errors."""
    barrier, results = threading.Barrier(2), []

    def read_then_wait(path):
        content = read(path)
        barrier.wait(timeout=30)
        return content

    def load():
        try:
            results.append(loading.load(path).written)
        except IntegrityError as error:
            results.append(type(error))
        finally:
            connection.close()

    monkeypatch.setattr(loading, "read", read_then_wait)
    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_simultaneous_loads_only_one_writes(small_file, monkeypatch):
    assert sorted(load_twice_at_once(small_file, monkeypatch)) == [0, 26]
    assert (Edition.objects.count(), Statement.objects.count()) == (1, 26)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_checking_before_creating_would_fail(small_file, monkeypatch):
    """The negative control: without get_or_create, one load fails."""

    both_have_checked = threading.Barrier(2)

    def check_then_create(slug, defaults):
        edition = Edition.objects.filter(slug=slug).first()
        both_have_checked.wait(30)
        return (edition, False) if edition else (Edition.objects.create(**defaults), True)

    monkeypatch.setattr(Edition.objects, "get_or_create", check_then_create)
    assert set(load_twice_at_once(small_file, monkeypatch)) == {26, IntegrityError}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", [1, 2])
def test_each_test_starts_with_empty_tables_and_active_triggers(small_file, round):
    assert not Edition.objects.exists()
    loading.load(small_file)
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        Statement.objects.update(label="Other")
