"""Fixtures for all tests: people with their roles, the database, isolated folders."""

import gc
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import caches
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import expect

from accounts import process_cache, roles, scoping
from accounts.models import Role, User
from tests.access.matrix import inhabited_world, module_matrix  # noqa: F401 - fixtures
from tests.egress.fixture import nothing_leaves  # noqa: F401 - for every test
from tests.support import databases
from tests.support.chromium import launched
from tests.support.people import PASSWORD, person
from tests.support.races import on_disk  # noqa: F401 - a fixture

# Tests make few reference cycles. With the default thresholds the garbage collector takes an eighth of the time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)
# With two products and a browser on two cores, five seconds, the default of playwright, are too short.
expect.set_options(timeout=20_000)

# Hypothesis's limit of 0.2 s for an example would fail when other processes run.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


@pytest.fixture(scope="module")
def chromium():
    """A browser that a module shares. Each test opens its own context."""
    with launched() as browser:
        yield browser


FAULTS = Path(__file__).parent / "faults"


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item):
    """Mark every fault experiment as deep, since it waits or kills."""
    if FAULTS in item.path.parents:
        item.add_marker("deep")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Run the slow files first, those with a browser or a product, so that no process waits for them at the end."""
    slow = ("browser", "embedded", "services")
    waiting = {item.path for item in items if any(item.get_closest_marker(name) for name in slow)}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Use a copy of the migrated template, where pytest-django would migrate in every process.

    After a test with transaction=True the copy is restored. Django would flush, which the triggers of sealed tables
    refuse, and would lose the rows of migrations.
    """
    copy = databases.CopiedDatabase("main")
    TransactionTestCase._fixture_teardown = lambda _test: copy.start_over()
    with django_db_blocker.unblock():
        copy.create()
        with copy.in_use():
            yield
        copy.drop()


@pytest.fixture(autouse=True)
def english():
    """Reset the language, which a request to /ar/ changes."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def empty_process_cache():
    """Empty the process cache, and the renditions that a process remembers, before each test."""
    process_cache.forget()
    caches["renditions"].clear()
    scoping.stop_watching()
    yield
    scoping.stop_watching()  # a response may not have been read to its end


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """Give each test its own folders."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CERTIFICATE_ROOT = tmp_path / "certificates"
    settings.COPIES_ROOT = tmp_path / "copies"
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def amina(db):
    """Learns in Kenya."""
    return person("Amina Yusuf Hassan", "KE", time_zone="Africa/Nairobi", cadre="doctor")


@pytest.fixture
def baraka(db):
    """Learns in Kenya too."""
    return person("Baraka Otieno", "KE", time_zone="Africa/Nairobi", cadre="nurse")


@pytest.fixture
def mona(db):
    """Learns in Egypt."""
    return person("Mona Adel", "EG", language="ar", time_zone="Africa/Cairo", cadre="nurse")


@pytest.fixture
def kofi(db):
    """Writes courses."""
    user = person("Kofi Mensah", "GH")
    roles.grant(user, Role.TRAINER, "*")
    return user


@pytest.fixture
def grace(db):
    """Reviews what authors write."""
    user = person("Grace Wanjiru", "KE")
    roles.grant(user, Role.REVIEWER, "*")
    return user


@pytest.fixture
def rosa(db):
    """Manages the programme in Kenya."""
    user = person("Rosa Njeri", "KE")
    roles.grant(user, Role.MANAGER, "KE")
    return user


@pytest.fixture
def omar(db):
    """Manages the programme in Egypt."""
    user = person("Omar Farouk", "EG")
    roles.grant(user, Role.MANAGER, "EG")
    return user


@pytest.fixture
def administrator(db):
    return User.objects.create_superuser("admin@example.org", PASSWORD, name="Ada Admin", country="KE")


@pytest.fixture
def canary(administrator) -> User:
    """A person with a record in every declared place."""
    from tests.quizzes import factories
    from tests.support import canary as canary_data

    quiz = factories.course_with_test()
    other = person("Oluchi Other", "KE")
    factories.enrol(other, quiz)
    user = canary_data.person()
    canary_data.leave_traces(user, other, quiz, quiz.get_parent().specific, factories.enrol)
    return user


@pytest.fixture
def editor(canary) -> User:
    """The canary, who has also confirmed a text of the Standards, so that protected rows refer to them."""
    from standards import confirmations
    from standards.models import StatementText
    from tests.quizzes import factories

    factories.statement("1.3.6")
    confirmations.confirm(StatementText.objects.get(), canary)
    return canary
