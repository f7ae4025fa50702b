"""An id that is not one's own opens and changes nothing, wherever it is sent: in the query, in a form, beside an own one.

Foreign ids in the path itself are the matrix's (tests/access/test_matrix.py: Amina knocks at every door of Mona's).
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
from tests.access.forms import filled_in
from tests.access.matrix import cases_of, db, in_the_world  # noqa: F401
from tests.access.requests import Answer, taken_back
from tests.access.url_patterns import doors
from tests.support.apps import APPS
from tests.support.tiers import sampled

# Every name under which an id of somebody's was ever asked for, here or in what we are made of.
NAMES = {
    "enrolment": lambda of: of.enrolment.uuid, "enrolment_id": lambda of: of.enrolment.pk, "attempt": lambda of: of.running.uuid,
    "sat": lambda of: of.sat.uuid, "copy": lambda of: of.copy.uuid, "code": lambda of: of.certificate.shown_code,
    "certificate": lambda of: of.certificate.pk, "achievement": lambda of: of.certificate.achievement, "user": lambda of: of.learner.pk,
    "user_id": lambda of: of.learner.pk, "learner": lambda of: of.learner.pk, "person": lambda of: of.learner.uuid, "owner": lambda of: of.learner.pk,
    "uuid": lambda of: of.learner.uuid, "pk": lambda of: of.learner.pk, "id": lambda of: of.certificate.pk, "email": lambda of: of.learner.email,
    "login": lambda of: of.learner.email, "facility": lambda of: of.facility.pk, "q": lambda of: of.learner.email, "country": lambda of: of.learner.country.code,
    "object_id": lambda of: of.learner.pk, "next": lambda of: reverse("certificates:pdf", args=[of.certificate.shown_code]),
}  # fmt: skip
# Who goes where: their own doors, with the ids of somebody in the other country in hand.
OWN = {"amina": ("frame", "accounts", "certificates", "courses", "quizzes", "programmes"), "rosa": ("certificates", "quizzes", "programmes")}  # fmt: skip
# May be asked for by anybody about anybody: a letter goes to the address, and nobody is told.
SENDS_A_LETTER = {"account_reset_password"}
# Asks for it: the page of somebody's certificate is for whoever has its code, and a form shows again what was typed.
SHOWN = {"certificates:check", "account_login", "account_signup", "account_reset_password", "account_email"}


def kept_about(person) -> str:
    """Every row of every room that the register says is theirs."""
    return repr([(name, list(rows)) for name, rows in registry.rows_about(person)])


def own_doors(walked, name: str):
    """Each door that is open to this person, with their own things behind it."""
    for room in OWN[name]:
        for key in policy.ROOMS[room]:
            for case, rule in cases_of(policy.RULES[key]).items():
                for method in ("GET", "POST"):
                    if case != "egypt" and rule.expected(name, method, case, doors()[key].in_admin) == {Answer.OPEN}:
                        yield key, case, method


def sent_with_foreign_ids(walked, name: str, key: str, case: str, method: str):
    """What comes back, and what of Mona's was changed by it; her ids are in the query and in the form."""
    mona = walked.world.things["egypt"]
    foreign = {field: str(value(mona)) for field, value in NAMES.items()}
    form = filled_in(key, walked.world) if method == "POST" else {}
    path = address(doors()[key], walked.world, case)
    process_cache.forget()
    with taken_back():
        visitor = walked.visitor(name)
        if method == "POST":
            response = visitor.client.post(path, foreign | form, query_params=foreign)
        else:
            response = visitor.client.get(path, foreign)
        told = response.getvalue().decode(errors="replace")
        return response.status_code, told, kept_about(mona.learner)


def taken_from_mona(walked, name: str, only: tuple[str, ...] = ()):
    mona = walked.world.things["egypt"]
    before = kept_about(mona.learner)
    # What we sent ourselves may come back in our own words; her name and what is printed for her may not.
    secret = [mona.learner.name, f"What {mona.learner.name} thinks."]
    for key, case, method in own_doors(walked, name):
        if only and key not in only:
            continue
        status, told, after = sent_with_foreign_ids(walked, name, key, case, method)
        if status >= 500:
            yield f"{method} {key} {case}: {status}"
        if after != before and key not in SENDS_A_LETTER:
            yield f"{method} {key} {case} changed something of Mona's"
        if key not in SHOWN and any(word in told for word in secret):
            yield f"{method} {key} {case} told something of Mona's"


@pytest.mark.parametrize("name", sampled(OWN))
def test_foreign_ids_beside_an_own_address_neither_show_nor_change_anything(in_the_world, name):  # noqa: F811
    assert len(list(own_doors(in_the_world, name))) >= 15
    assert list(taken_from_mona(in_the_world, name)) == []


def test_control_a_view_that_believes_the_form_is_seen(in_the_world, monkeypatch):  # noqa: F811
    """As IDOR is mostly made: the own id is checked in the path, and the record is then found by the parameter."""
    from courses.models.records import Note
    from courses.views import HttpResponse

    def believing(request, enrolment, step):
        Note.objects.filter(enrolment__uuid=request.POST.get("enrolment")).update(text=request.POST["note"])
        return HttpResponse(status=204)

    monkeypatch.setattr("accounts.scoping.ScopeMiddleware.__call__", lambda self, request: self.get_response(request))
    monkeypatch.setattr(in_the_world.doors["step_note"].pattern, "callback", believing)
    monkeypatch.setattr(doors()["step_note"].pattern, "callback", believing)
    assert list(taken_from_mona(in_the_world, "amina", ("step_note",))) == [
        "POST step_note kenya changed something of Mona's"
    ]


# An own id beside one that does not belong to it ------------------------------------------------------


def after_posting(walked, name: str, path: str, form: dict | None = None, wrote=Completion):
    """The status, and how many rows of this kind there are more."""
    process_cache.forget()
    with taken_back():
        before = wrote._base_manager.count()
        status = walked.visitor(name).client.post(path, form or {}).status_code
        return status, wrote._base_manager.count() - before


@pytest.mark.parametrize("door", ["step_done", "step_position", "step_note"])
@pytest.mark.parametrize("course", ["other_course", "old_course"])
def test_the_step_of_another_course_is_not_in_this_enrolment(in_the_world, door, course):  # noqa: F811
    from tests.support import factories

    world = in_the_world.world
    step = factories.lessons_of(getattr(world, course))[0].translation_key
    path = reverse(door, args=[world.things["kenya"].enrolment.uuid, step])
    assert after_posting(in_the_world, "amina", path, filled_in(door, world)) == (404, 0)


def test_the_test_of_another_course_is_not_sat_in_this_enrolment(in_the_world):  # noqa: F811
    world = in_the_world.world
    path = reverse("quizzes:start", args=[world.things["kenya"].old.uuid, world.quiz.translation_key])
    status, more = after_posting(in_the_world, "amina", path, wrote=Attempt)
    assert (status in (302, 404), more) == (True, 0)


@pytest.mark.parametrize("position", [0, 3, 10**6, 10**30])
def test_an_attempt_has_no_item_beyond_its_own(in_the_world, position):  # noqa: F811
    running = in_the_world.world.things["kenya"].running
    path = f"/en/quiz/{running.uuid}/{position}/save/"
    assert after_posting(in_the_world, "amina", path, {"op": "1"})[0] == 404


def test_the_option_of_another_item_is_no_answer_to_this_one(in_the_world):  # noqa: F811
    running = in_the_world.world.things["kenya"].running
    other = running.items.select_related("version").get(position=2).version
    option = other.question_type.key(other.content["body"])
    with taken_back():
        client = in_the_world.visitor("amina").client
        answer = client.post(reverse("quizzes:save", args=[running.uuid, 1]), {"op": "1", "answer": option})
        assert (answer.status_code, running.items.filter(responses__isnull=False).count()) == (422, 0)


def test_a_wording_is_confirmed_only_where_it_stands(in_the_world):  # noqa: F811
    from standards.models import StatementCheck
    from tests.quizzes import factories as tests_of

    world = in_the_world.world
    with taken_back():
        other = tests_of.statement("1.3.9").texts.get()
        path = reverse("standards:confirm", args=[world.statement.edition.slug, world.statement.code])
        assert after_posting(in_the_world, "grace", path, {"text": other.pk}, StatementCheck) == (404, 0)


def test_the_mail_address_of_somebody_else_is_neither_removed_nor_made_first(in_the_world):  # noqa: F811
    mona = in_the_world.world.people.mona
    for action in ("action_remove", "action_primary", "action_send"):
        with taken_back():
            in_the_world.visitor("amina").client.post(reverse("account_email"), {action: "", "email": mona.email})
            found = EmailAddress.objects.get(email=mona.email)
            assert (found.user, found.primary, found.verified) == (mona, True, True), action


def reset_form(walked, person, key: str) -> bool:
    """Whether this key, in the address of this person, leads to the form that asks for a new password."""
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    with taken_back():
        page = walked.visitor("anonymous").client.get(path, follow=True)
        return 'name="password1"' in page.content.decode()


def test_the_key_of_one_persons_reset_opens_nobody_elses_account(in_the_world):  # noqa: F811
    people = in_the_world.world.people
    # As the database has her: the one of the walk remembers visits that were taken back, and her key would open nothing.
    amina = type(people.amina).objects.get(pk=people.amina.pk)
    key = EmailAwarePasswordResetTokenGenerator().make_token(amina)
    assert reset_form(in_the_world, amina, key)
    assert not reset_form(in_the_world, people.mona, key)


def test_a_place_of_work_in_another_country_is_no_choice(in_the_world):  # noqa: F811
    world = in_the_world.world
    details = {"name": "Amina", "language": "en", "country": "KE", "time_zone": "UTC"}
    with taken_back():
        client = in_the_world.visitor("amina").client
        client.post(reverse("profile"), details | {"facility": world.things["egypt"].facility.pk})
        assert type(world.people.amina).objects.get(pk=world.people.amina.pk).facility is None


# What learners meet in an address -----------------------------------------------------------------------

COUNTED = {
    "quizzes:item": "the place on one's own paper",
    "quizzes:rehearse_item": "the place on the paper an author tries",
    "quizzes:save": "the same",
    "wagtaildocs_serve": "published files, for everybody",
    "wagtaildocs_authenticate_with_password": "Wagtail's, for collections; names nobody",
    "wagtailcore_authenticate_with_password": "Wagtail's, for pages; not offered",
}


def counting(found) -> set[str]:
    """Doors outside the admin whose address holds a number."""
    return {key for key, door in found.items() if not door.in_admin and re.search(r"<int:|\\d", door.route)}


def test_no_address_of_a_learner_can_be_counted_up():
    assert counting(doors()) == set(COUNTED)


def test_control_a_number_in_an_address_is_seen(settings):
    from django.http import HttpResponse
    from django.urls import path

    from elearning import urls

    class Planted:
        urlpatterns = [*urls.urlpatterns, path("notes/<int:pk>/", lambda request, pk: HttpResponse(), name="planted")]

    assert counting(doors(Planted)) - set(COUNTED) == {"planted"}


def test_public_ids_are_random(in_the_world):  # noqa: F811
    """Version 4, of every model of ours that has one; a course and a step are known by Wagtail's key, which is one too."""
    mine = in_the_world.world.things["kenya"]
    assert {key.version for key in (mine.enrolment.uuid, mine.running.uuid, mine.copy.uuid, mine.learner.uuid)} == {4}
    made = {
        field.default
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.name in ("uuid", "translation_key") and model._meta.app_label in APPS
    }
    assert made == {uuid.uuid4}
