import pytest
from wagtail.models import Collection, Locale, Page

from accounts.emails import tasks as email_tasks
from certificates import tasks as certificate_tasks
from courses import bootstrap as courses_bootstrap
from quizzes import bootstrap
from quizzes.regrades import tasks as regrade_tasks


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
