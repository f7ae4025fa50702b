"""After a test with transaction=True its rows are gone, and the rows of the migrations are there."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Locale, Page

from standards.loading import load
from tests.standards.conftest import COMPENDIUM


def written_by_migrations() -> tuple:
    return (
        list(Page.objects.values_list("pk", "path", "slug")),
        list(Locale.objects.values_list("pk", "language_code")),
        list(ContentType.objects.order_by("pk").values_list("pk", "app_label", "model")),
        list(Permission.objects.order_by("pk").values_list("pk", "codename")),
    )


@pytest.fixture(scope="module")
def previous_rows() -> list:
    return []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_starting_over_removes_rows_of_a_test_and_keeps_rows_of_migrations(turn, previous_rows):
    assert Page.objects.exists()
    previous_rows.append(written_by_migrations())
    assert previous_rows[0] == previous_rows[-1]
    load(COMPENDIUM)  # a sealed edition, which must be gone in the next turn


@pytest.mark.django_db
def test_the_rows_of_migrations_exist_in_other_tests_too():
    assert Page.get_first_root_node().get_children().exists()
