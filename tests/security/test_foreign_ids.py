"""An id of another person shows and changes nothing: in the query, in a form, next to one of their own.

For ids of others in the path see tests/access/test_matrix.py.
"""

import re
import uuid

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.urls import reverse

from accounts import process_cache
from courses.models.records import Completion
from privacy import registry
from quizzes.models.records import Attempt
from tests.access import policy
from tests.access.addresses import address
from tests.access.forms import form_data
from tests.access.matrix import db, matrix, variants_of  # noqa: F401
from tests.access.requests import Answer, rolled_back
from tests.access.url_patterns import url_patterns
from tests.support.apps import APPS
from tests.support.tiers import sampled

pytestmark = pytest.mark.once

# Every parameter name under which we or our libraries take an id of somebody.
NAMES = {
    "enrolment": lambda records: records.enrolment.uuid, "enrolment_id": lambda records: records.enrolment.pk, "attempt": lambda records: records.running_attempt.uuid,
    "sat": lambda records: records.finished_attempt.uuid, "copy": lambda records: records.copy.uuid, "code": lambda records: records.certificate.shown_code,
    "certificate": lambda records: records.certificate.pk, "achievement": lambda records: records.certificate.achievement, "user": lambda records: records.learner.pk,
    "user_id": lambda records: records.learner.pk, "learner": lambda records: records.learner.pk, "person": lambda records: records.learner.uuid, "owner": lambda records: records.learner.pk,
    "uuid": lambda records: records.learner.uuid, "pk": lambda records: records.learner.pk, "id": lambda records: records.certificate.pk, "email": lambda records: records.learner.email,
    "login": lambda records: records.learner.email, "facility": lambda records: records.facility.pk, "q": lambda records: records.learner.email, "country": lambda records: records.learner.country.code,
    "object_id": lambda records: records.learner.pk, "next": lambda records: reverse("certificates:pdf", args=[records.certificate.shown_code]),
}  # fmt: skip
# The groups of URLs that each person requests, with the ids of somebody in the other country.
OWN = {"amina": ("frame", "accounts", "certificates", "courses", "quizzes", "programmes"), "rosa": ("certificates", "quizzes", "programmes")}  # fmt: skip
# Anybody may request it for anybody: an email goes to the address, and the response shows nothing.
SENDS_AN_EMAIL = {"account_reset_password"}
# May show it: whoever has a certificate code sees the certificate, and a form repeats what was typed.
SHOWN = {"certificates:check", "account_login", "account_signup", "account_reset_password", "account_email"}


def rows_about(person) -> str:
    """Return every row that the privacy register declares as theirs."""
    return repr([(name, list(rows)) for name, rows in registry.rows_about(person)])


def own_urls(access, name: str):
    """Yield (key, variant, method) of everything that this person may open, with their own records."""
    for group in OWN[name]:
        for key in policy.GROUPS[group]:
            for variant, rule in variants_of(policy.RULES[key]).items():
                for method in ("GET", "POST"):
                    if variant != "egypt" and rule.expected(name, method, variant, url_patterns()[key].in_admin) == {
                        Answer.OPEN
                    }:
                        yield key, variant, method


def send_with_foreign_ids(access, name: str, key: str, variant: str, method: str):
    """Send Mona's ids in the query and in the form. Return status, text, and Mona's rows afterwards."""
    mona = access.world.records["egypt"]
    foreign = {field: str(value(mona)) for field, value in NAMES.items()}
    form = form_data(key, access.world) if method == "POST" else {}
    path = address(url_patterns()[key], access.world, variant)
    process_cache.forget()
    with rolled_back():
        visitor = access.visitor(name)
        if method == "POST":
            response = visitor.client.post(path, foreign | form, query_params=foreign)
        else:
            response = visitor.client.get(path, foreign)
        text = response.getvalue().decode(errors="replace")
        return response.status_code, text, rows_about(mona.learner)


def leaks_from_mona(access, name: str, only: tuple[str, ...] = ()):
    mona = access.world.records["egypt"]
    before = rows_about(mona.learner)
    # The ids that were sent may be repeated; her name and her texts may not.
    secret = [mona.learner.name, f"What {mona.learner.name} thinks."]
    for key, variant, method in own_urls(access, name):
        if only and key not in only:
            continue
        status, text, after = send_with_foreign_ids(access, name, key, variant, method)
        if status >= 500:
            yield f"{method} {key} {variant}: {status}"
        if after != before and key not in SENDS_AN_EMAIL:
            yield f"{method} {key} {variant} changed something of Mona's"
        if key not in SHOWN and any(word in text for word in secret):
            yield f"{method} {key} {variant} showed something of Mona's"


@pytest.mark.parametrize("name", sampled(OWN))
def test_foreign_ids_on_own_urls_neither_show_nor_change_anything(matrix, name):  # noqa: F811
    assert len(list(own_urls(matrix, name))) >= 15
    assert list(leaks_from_mona(matrix, name)) == []


def test_control_a_view_that_trusts_the_form_is_noticed(matrix, monkeypatch):  # noqa: F811
    """A typical IDOR: the view checks the id in the path and then finds the record by a parameter."""
    from courses.models.records import Note
    from courses.views import HttpResponse

    def trusting(request, enrolment, step):
        Note.objects.filter(enrolment__uuid=request.POST.get("enrolment")).update(text=request.POST["note"])
        return HttpResponse(status=204)

    monkeypatch.setattr("accounts.scoping.ScopeMiddleware.__call__", lambda self, request: self.get_response(request))
    monkeypatch.setattr(matrix.url_patterns["step_note"].django_pattern, "callback", trusting)
    monkeypatch.setattr(url_patterns()["step_note"].django_pattern, "callback", trusting)
    assert list(leaks_from_mona(matrix, "amina", ("step_note",))) == [
        "POST step_note kenya changed something of Mona's"
    ]


# An own id beside one that does not belong to it ------------------------------------------------------


def after_posting(access, name: str, path: str, form: dict | None = None, model=Completion):
    """Return the status, and by how many the rows of this model have increased."""
    process_cache.forget()
    with rolled_back():
        before = model._base_manager.count()
        status = access.visitor(name).client.post(path, form or {}).status_code
        return status, model._base_manager.count() - before


@pytest.mark.parametrize("url_name", ["step_done", "step_position", "step_note"])
@pytest.mark.parametrize("course", ["other_course", "old_course"])
def test_the_step_of_another_course_is_not_in_this_enrolment(matrix, url_name, course):  # noqa: F811
    from tests.support import factories

    world = matrix.world
    step = factories.lessons_of(getattr(world, course))[0].translation_key
    path = reverse(url_name, args=[world.records["kenya"].enrolment.uuid, step])
    assert after_posting(matrix, "amina", path, form_data(url_name, world)) == (404, 0)


def test_the_test_of_another_course_cannot_be_started_in_this_enrolment(matrix):  # noqa: F811
    world = matrix.world
    path = reverse("quizzes:start", args=[world.records["kenya"].completed_enrolment.uuid, world.quiz.translation_key])
    status, more = after_posting(matrix, "amina", path, model=Attempt)
    assert (status in (302, 404), more) == (True, 0)


@pytest.mark.parametrize("position", [0, 3, 10**6, 10**30])
def test_an_attempt_has_no_item_beyond_its_own(matrix, position):  # noqa: F811
    attempt = matrix.world.records["kenya"].running_attempt
    path = f"/en/quiz/{attempt.uuid}/{position}/save/"
    assert after_posting(matrix, "amina", path, {"op": "1"})[0] == 404


def test_the_option_of_another_item_is_no_answer_to_this_one(matrix):  # noqa: F811
    attempt = matrix.world.records["kenya"].running_attempt
    other = attempt.items.select_related("version").get(position=2).version
    option = other.question_type.key(other.content["body"])
    with rolled_back():
        client = matrix.visitor("amina").client
        answer = client.post(reverse("quizzes:save", args=[attempt.uuid, 1]), {"op": "1", "answer": option})
        assert (answer.status_code, attempt.items.filter(responses__isnull=False).count()) == (422, 0)


def test_a_text_is_confirmed_only_on_the_page_of_its_statement(matrix):  # noqa: F811
    from standards.models import StatementCheck
    from tests.quizzes import factories as tests_of

    world = matrix.world
    with rolled_back():
        other = tests_of.statement("1.3.9").texts.get()
        path = reverse("standards:confirm", args=[world.statement.edition.slug, world.statement.code])
        assert after_posting(matrix, "grace", path, {"text": other.pk}, StatementCheck) == (404, 0)


def test_the_email_address_of_somebody_else_is_neither_removed_nor_made_primary(matrix):  # noqa: F811
    mona = matrix.world.people.mona
    for action in ("action_remove", "action_primary", "action_send"):
        with rolled_back():
            matrix.visitor("amina").client.post(reverse("account_email"), {action: "", "email": mona.email})
            email_address = EmailAddress.objects.get(email=mona.email)
            assert (email_address.user, email_address.primary, email_address.verified) == (mona, True, True), action


def reset_form(access, person, key: str) -> bool:
    """Return whether this key in a link for this person leads to the form for a new password."""
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    with rolled_back():
        page = access.visitor("anonymous").client.get(path, follow=True)
        return 'name="password1"' in page.content.decode()


def test_a_password_reset_key_works_for_its_own_account_only(matrix):  # noqa: F811
    people = matrix.world.people
    # Read from the database: the world's object still has changes that were rolled back, so its key would be invalid.
    amina = type(people.amina).objects.get(pk=people.amina.pk)
    key = EmailAwarePasswordResetTokenGenerator().make_token(amina)
    assert reset_form(matrix, amina, key)
    assert not reset_form(matrix, people.mona, key)


def test_a_facility_in_another_country_cannot_be_chosen(matrix):  # noqa: F811
    world = matrix.world
    details = {"name": "Amina", "language": "en", "country": "KE", "time_zone": "UTC"}
    with rolled_back():
        client = matrix.visitor("amina").client
        client.post(reverse("profile"), details | {"facility": world.records["egypt"].facility.pk})
        assert type(world.people.amina).objects.get(pk=world.people.amina.pk).facility is None


# What learners see in a URL -----------------------------------------------------------------------

COUNTED = {
    "quizzes:item": "the position on one's own paper",
    "quizzes:report": "the same, of a finished attempt",
    "quizzes:rehearse_item": "the position on the paper of a preview",
    "quizzes:save": "the same",
    "wagtaildocs_serve": "files that pages offer; courses.documents decides",
    "wagtaildocs_authenticate_with_password": "Wagtail's, for collections; names nobody",
    "wagtailcore_authenticate_with_password": "Wagtail's, for pages; not offered",
}


def urls_with_numbers(patterns) -> set[str]:
    """Return the URL patterns outside the admin that contain a number."""
    return {key for key, pattern in patterns.items() if not pattern.in_admin and re.search(r"<int:|\\d", pattern.route)}


def test_no_url_of_a_learner_contains_a_number():
    assert urls_with_numbers(url_patterns()) == set(COUNTED)


def test_control_a_number_in_a_url_is_noticed(settings):
    from django.http import HttpResponse
    from django.urls import path

    from elearning import urls

    class Planted:
        urlpatterns = [*urls.urlpatterns, path("notes/<int:pk>/", lambda request, pk: HttpResponse(), name="planted")]

    assert urls_with_numbers(url_patterns(Planted)) - set(COUNTED) == {"planted"}


def test_public_ids_are_random(matrix):  # noqa: F811
    """All ids are UUIDs of version 4. Courses and steps use Wagtail's translation key, which is one too."""
    records = matrix.world.records["kenya"]
    assert {
        key.version
        for key in (records.enrolment.uuid, records.running_attempt.uuid, records.copy.uuid, records.learner.uuid)
    } == {4}
    defaults = {
        field.default
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.name in ("uuid", "translation_key") and model._meta.app_label in APPS
    }
    assert defaults == {uuid.uuid4}
