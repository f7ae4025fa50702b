import pytest
from wagtail.models import Collection, Locale, Page

from accounts.emails import tasks as email_tasks
from certificates import tasks as certificate_tasks
from courses import bootstrap as courses_bootstrap
from quizzes import attempts, bootstrap
from quizzes.regrades import tasks as regrade_tasks
from tests.quizzes.factories import course_with_test, enrol
from tests.quizzes.stories import pass_test


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    emails = (email_tasks.deliver_email, email_tasks.send_waiting)
    for task in (certificate_tasks.deliver, *emails, regrade_tasks.regrade):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


@pytest.fixture
def prepared(db):
    """The groups with their rights, as on a real site."""
    courses_bootstrap.prepare()
    bootstrap.prepare()


@pytest.fixture
def as_person(client):
    """Sign somebody in."""

    def sign_in(user):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def ground(db):
    """The locale and root nodes of Wagtail's migrations, which the flush after a transactional test removes."""
    Locale.objects.get_or_create(language_code="en")
    for tree, fields in ((Page, {"title": "Root", "slug": "root"}), (Collection, {"name": "Root"})):
        if tree.get_first_root_node() is None:
            tree.add_root(instance=tree(**fields))


@pytest.fixture
def quiz_page(db):
    """A test after two lessons."""
    return course_with_test(lessons=2)


@pytest.fixture
def course(quiz_page):
    return quiz_page.get_parent().specific


@pytest.fixture
def people(quiz_page, amina, baraka, mona):
    """The enrolments of Amina, who has passed, Baraka, who has failed, and Mona, who has only read the lessons."""
    enrolments = [enrol(who, quiz_page) for who in (amina, baraka, mona)]
    pass_test(enrolments[0], quiz_page)
    attempts.submit(attempts.start(enrolments[1], quiz_page))
    return enrolments
