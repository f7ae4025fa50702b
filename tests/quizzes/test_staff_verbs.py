"""What staff do while people are under way: copy, alias, rename, regrade, extend, re-scope.

Each story ends the same: nobody holds a certificate without having passed, everybody under way can go on, and nobody
gave anything to themselves. Unpublish, expire, delete and move are told in test_withdrawal.py, releases in
test_release_verbs.py.
"""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts import roles
from accounts.models import CountryScope, Role
from certificates import issuing
from certificates.models import Certificate
from courses import progress, releases
from courses.models.records import CourseRelease
from quizzes import accommodations
from quizzes.corrections import Choice
from quizzes.models.records import Accommodation, Attempt, Mark
from tests.certificates.conftest import facts
from tests.quizzes.regrades.regrading import applied, reverted
from tests.quizzes.stories import ends_well
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared", "kofi", "grace")]


def copy_course(course, quiz_page, kofi, **_people):
    course.copy(recursive=True, update_attrs={"title": "Care again", "slug": "care-again"})


def copy_test_and_release(course, quiz_page, kofi, **_people):
    quiz_page.copy(update_attrs={"title": "Second test", "slug": "second-test"})
    releases.release(course, CourseRelease.Kind.EDITORIAL, kofi)


def alias_test(course, quiz_page, kofi, **_people):
    elsewhere = factories.course("Elsewhere", lessons=1, released=False)
    quiz_page.create_alias(parent=elsewhere, update_slug="alias")
    quiz_page.create_alias(parent=course, update_slug="alias-here")


def alias_course(course, quiz_page, kofi, **_people):
    course.create_alias(recursive=True, update_slug="care-alias")


def rename(course, quiz_page, kofi, **_people):
    for page in (course, *(page.specific for page in course.get_descendants())):
        page.refresh_from_db()
        page.title, page.slug = f"{page.title} renamed", f"{page.slug}-renamed"
        page.save_revision().publish()


def regrade(course, quiz_page, kofi, **_people):
    """Everybody gets the points of both questions, and keeps them."""
    for item in Attempt.objects.earliest("pk").items.all():
        applied(item.version, Choice.FULL, kofi)


def regrade_and_revert(course, quiz_page, kofi, **_people):
    for item in Attempt.objects.earliest("pk").items.all():
        reverted(applied(item.version, Choice.FULL, kofi))


def extend(course, quiz_page, kofi, baraka, **_people):
    accommodations.give(baraka, quiz_page, 60, 5, "One hand is in plaster.", kofi)


def rescope(course, quiz_page, kofi, baraka, rosa, administrator):
    roles.revoke(rosa, Role.MANAGER, "KE", administrator)
    roles.grant(rosa, Role.MANAGER, "EG", administrator)
    roles.grant(baraka, Role.REVIEWER, "*", administrator)
    roles.revoke(baraka, Role.REVIEWER, "*", administrator)  # with the role, the test would be closed to them
    baraka.country = "EG"
    baraka.save()


VERBS = [copy_course, copy_test_and_release, alias_test, alias_course, rename, regrade, regrade_and_revert, extend, rescope]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_no_verb_certifies_who_has_not_passed_stops_anybody_or_serves_who_uses_it(
    people, course, quiz_page, verb, kofi, baraka, rosa, administrator
):
    verb(course, quiz_page, kofi=kofi, baraka=baraka, rosa=rosa, administrator=administrator)
    ends_well([quiz_page], people[0])


GIFTS = {
    "time": lambda who, quiz_page, own: accommodations.give(who, quiz_page, 600, 20, "I need it.", who),
    "role": lambda who, quiz_page, own: roles.grant(who, Role.TRAINER, "*", who),
    "certificate revoked": lambda who, quiz_page, own: issuing.revoke(own, "To renew it.", who),
    "certificate reissued": lambda who, quiz_page, own: issuing.reissue(own, who, "A better name."),
}


def certificate_of_before(administrator) -> Certificate:
    """The certificate that an administrator got before they were one."""
    return issuing.issue(administrator, facts(), uuid4())


@pytest.mark.parametrize("gift", GIFTS)
def test_nobody_gives_it_to_themselves_administrators_included(quiz_page, administrator, gift):
    own = certificate_of_before(administrator)
    with pytest.raises(roles.NotForOneself):
        GIFTS[gift](administrator, quiz_page, own)
    assert not (Accommodation.objects.exists() or CountryScope.objects.filter(user=administrator).exists())
    assert Certificate.objects.get().standing == "valid"


def test_the_pages_say_that_somebody_else_does_it(quiz_page, administrator, as_person):
    own, admin = certificate_of_before(administrator), as_person(administrator)
    time = {
        "quiz": quiz_page.pk,
        "extra_minutes": 5,
        "extra_attempts": 0,
        "reason": "Ill.",
        "email": administrator.email,
    }
    role = {"email": administrator.email, "role": "trainer", "country": "*"}
    for url, form, words in (
        (reverse("accommodations:add"), time, "You cannot give extra time or attempts to yourself."),
        (reverse("roles:add"), role, "You cannot give a role to yourself."),
        (reverse("register:revoke", args=[own.pk]), {"reason": "To renew it."}, "this is your own certificate"),
        (reverse("register:reissue", args=[own.pk]), {"reason": "A name."}, "this is your own certificate"),
    ):
        assert words in admin.post(url, form, follow=True).content.decode(), url


class TestReScope:
    @pytest.mark.parametrize("left", ["another country", "nothing"])
    def test_a_manager_loses_a_country_in_the_middle_of_a_form(
        self, people, quiz_page, rosa, amina, administrator, as_person, left
    ):
        client, own = as_person(rosa), Certificate.objects.get(learner=amina)
        urls = {
            reverse("accommodations:add"): {
                "email": amina.email, "quiz": quiz_page.pk, "extra_minutes": 5, "extra_attempts": 0, "reason": "Ill.",
            },
            reverse("register:revoke", args=[own.pk]): {"reason": "Not hers."},
        }  # fmt: skip
        assert [client.get(url).status_code for url in urls] == [200, 200]
        roles.revoke(rosa, Role.MANAGER, "KE", administrator)
        if left == "another country":
            roles.grant(rosa, Role.MANAGER, "EG", administrator)
        for url, form in urls.items():
            client.post(url, form)
        own.refresh_from_db()
        assert (Accommodation.objects.exists(), own.standing) == (False, "valid")

    def test_a_learner_who_moves_keeps_marks_and_certificate_and_is_seen_by_the_new_manager(
        self, people, amina, rosa, omar
    ):
        before = list(Mark.objects.values_list("pk", "score"))
        amina.country = "EG"
        amina.save()
        progress.sweep()
        assert list(Mark.objects.values_list("pk", "score")) == before
        certificate = Certificate.objects.get(learner=amina)
        assert (certificate.standing, certificate.country) == ("valid", "KE")
        assert [Certificate.objects.visible_to(who).exists() for who in (rosa, omar)] == [False, True]

    def test_nobody_widens_their_own_scope(self, people, rosa, as_person):
        client = as_person(rosa)
        client.post(reverse("roles:add"), {"email": rosa.email, "role": "manager", "country": "*"})
        rosa.country = "EG"
        rosa.save()
        assert list(rosa.scopes.values_list("role", "country")) == [("manager", "KE")]
        assert "Mona Adel" not in client.get(reverse("attempts:index")).content.decode()
