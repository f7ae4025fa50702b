"""Two loads at once leave one edition; emptied tables are guarded again."""

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
    """Two threads load one file, both having read it before either begins to write; reports or errors."""
    together, results = threading.Barrier(2), []

    def read_then_wait(path):
        content = read(path)
        together.wait(timeout=30)
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
def test_of_two_loads_at_once_one_writes_and_the_other_finds_it_done(small_file, monkeypatch):
    assert sorted(load_twice_at_once(small_file, monkeypatch)) == [0, 26]
    assert (Edition.objects.count(), Statement.objects.count()) == (1, 26)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_looking_first_and_creating_then_would_fail_there(small_file, monkeypatch):
    """The negative control: what get_or_create is for."""

    both_have_looked = threading.Barrier(2)

    def look_then_create(slug, defaults):
        found = Edition.objects.filter(slug=slug).first()
        both_have_looked.wait(30)
        return (found, False) if found else (Edition.objects.create(**defaults), True)

    monkeypatch.setattr(Edition.objects, "get_or_create", look_then_create)
    assert set(load_twice_at_once(small_file, monkeypatch)) == {26, IntegrityError}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", [1, 2])
def test_each_test_starts_empty_and_guarded(small_file, round):
    assert not Edition.objects.exists()
    loading.load(small_file)
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        Statement.objects.update(label="Other")
