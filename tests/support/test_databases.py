"""What a test with transaction=True wrote is gone for the next one, and what migrations wrote is there."""

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
def seen() -> list:
    return []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_starting_over_takes_what_a_test_wrote_and_leaves_what_migrations_wrote(turn, seen):
    assert Page.objects.exists()
    seen.append(written_by_migrations())
    assert seen[0] == seen[-1]
    load(COMPENDIUM)  # a sealed edition, which the next turn must be free of


@pytest.mark.django_db
def test_a_test_that_is_not_transactional_finds_it_too():
    assert Page.get_first_root_node().get_children().exists()
