"""Named people with rights: fixtures read like a cast list."""

import gc
from pathlib import Path

import hypothesis
import pytest
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

# Little of what a test makes is garbage in circles: to look for it as often as Python does took an eighth of the time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)
# A browser beside two products on two cores may stand still for five seconds, which are playwright's patience.
expect.set_options(timeout=20_000)

# A fifth of a second, hypothesis's own limit for an example, is a measure of what runs beside it.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


@pytest.fixture(scope="module")
def chromium():
    """A browser that a module shares; each test opens a context of its own."""
    with launched() as browser:
        yield browser


FAULTS = Path(__file__).parent / "faults"


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item):
    """Every fault experiment waits or kills, so none of them belongs to the first tier."""
    if FAULTS in item.path.parents:
        item.add_marker("deep")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Files that wait for a browser or a product of their own come first, so that nobody waits for them at the end."""
    slow = ("browser", "embedded", "services")
    waiting = {item.path for item in items if any(item.get_closest_marker(name) for name in slow)}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A copy of the migrated template, in place of pytest-django's, which migrates in every process.

    A test with transaction=True ends by starting over. Django would flush, which the triggers of sealed tables refuse,
    and would lose what migrations wrote.
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
    """A request to /ar/ must not leave the next test in Arabic."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def forgetful():
    """What a process remembers for seconds must not reach the next test, nor what a whole module sets up before it."""
    process_cache.forget()
    scoping.stop_watching()
    yield
    scoping.stop_watching()  # an answer nobody read to its end


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """No test writes where another (or the running product) reads."""
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
    """Authors courses."""
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
    """The person who has left something in every place that is declared."""
    from tests.quizzes import factories
    from tests.support import canary as bird

    quiz = factories.course_with_test()
    other = person("Oluchi Other", "KE")
    factories.enrol(other, quiz)
    made = bird.person()
    bird.leave_traces(made, other, quiz, quiz.get_parent().specific, factories.enrol)
    return made


@pytest.fixture
def editor(canary) -> User:
    """The same, who also confirmed a text of the Standards: others rest on that row."""
    from standards import confirmations
    from standards.models import StatementText
    from tests.quizzes import factories

    factories.statement("1.3.6")
    confirmations.confirm(StatementText.objects.get(), canary)
    return canary
