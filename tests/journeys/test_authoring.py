"""The admin: Kofi writes, Grace reviews, Kofi releases; administrators invite people and give roles."""

import copy

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.admin.menu import admin_menu
from wagtail.models import Page, Workflow
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from accounts.models import CountryScope, User
from courses import enrolment, progress
from courses.blocks import LessonBlocks
from courses.models.pages import CoursePage, LessonPage
from courses.models.records import CourseRelease, Enrolment
from quizzes import bootstrap as question_bank
from standards.loading import load
from standards.models import Edition, Statement
from tests.standards.conftest import FULL, recount, write
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def care(db):
    return factories.course()


@pytest.fixture
def edition(db, tmp_path) -> Edition:
    """An edition with the first three sections of that of 2020."""
    data = {**FULL, "sections": FULL["sections"][:3], "provenance": copy.deepcopy(FULL["provenance"])}
    recount(data)
    load(write(tmp_path / "small.json", data))
    return Edition.objects.get(slug="2020")


def lesson_form(title: str = "Open questions", *blocks: tuple[str, dict], **more) -> dict:
    """Return the form data of the lesson editor."""
    form = {
        "title": title, "slug": "open-questions", "number": "", "minutes": "15", "objectives": streamfield([]),
        "body": streamfield(blocks or [("case", {"title": "Leila", "text": rich_text("<p>She comes.</p>")})]),
        "comments": inline_formset([]), **more,
    }  # fmt: skip
    return nested_form_data(form)


def check_form(right: str = "on") -> dict:
    options = [
        {"value": {"text": "What brings you here?", "correct": right, "feedback": "Yes."}, "deleted": "", "order": "0"},
        {"value": {"text": "Why so late?", "feedback": "It blames."}, "deleted": "", "order": "1"},
    ]
    fields = {str(number): option for number, option in enumerate(options)}
    return {"stem": "What first?", "options": {"count": "2", **fields}, "cites": {"count": "0"}}


def add_lesson(client, course: CoursePage, form: dict):
    module = course.get_first_child()
    return client.post(reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", module.pk]), form)


def submitted_lesson(client, kofi, course) -> LessonPage:
    """Return a lesson that Kofi has just submitted for review."""
    client.force_login(kofi)
    add_lesson(client, course, lesson_form(**{"action-submit": "1"}))
    return LessonPage.objects.get(title="Open questions")


def approve(client, grace, page) -> None:
    client.force_login(grace)
    state = page.current_workflow_task_state
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]), {"comment": ""})
    page.refresh_from_db()


def step_keys(release: CourseRelease) -> list[str]:
    return [step["key"] for step in release.steps]


class TestPages:
    def test_a_trainer_cannot_publish_even_by_posting_the_action(self, client, kofi, care):
        client.force_login(kofi)
        add_lesson(client, care, lesson_form(**{"action-publish": "1"}))
        page = LessonPage.objects.get(title="Open questions")
        assert (page.live, page.has_unpublished_changes) == (False, True)

    def test_a_submitted_page_is_published_when_a_reviewer_approves_it(self, client, kofi, grace, care):
        page = submitted_lesson(client, kofi, care)
        assert (page.live, page.current_workflow_state.workflow.name) == (False, "Clinical review")
        approve(client, grace, page)
        assert page.live

    def test_a_trainer_cannot_approve_their_own_work(self, client, kofi, care):
        page = submitted_lesson(client, kofi, care)
        state = page.current_workflow_task_state
        client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]), {"comment": ""})
        page.refresh_from_db()
        assert not page.live

    def test_a_new_step_reaches_learners_with_a_release(self, client, kofi, grace, amina, care):
        joined = enrolment.join(amina, care.translation_key)
        page = submitted_lesson(client, kofi, care)
        approve(client, grace, page)
        assert str(page.translation_key) not in step_keys(Enrolment.objects.get(pk=joined.pk).release)
        url = reverse("course_release", args=[care.pk])
        assert "Open questions" in client.get(url).content.decode()
        client.post(url, {"kind": "required", "note": "", "without_test": "on"})
        assert str(page.translation_key) in step_keys(Enrolment.objects.get(pk=joined.pk).release)
        client.force_login(amina)
        assert b"She comes." in client.get(page.url).content

    def test_a_draft_may_be_incomplete_but_a_submitted_page_may_not(self, client, kofi, care):
        client.force_login(kofi)
        unfinished = [("check", check_form(right=""))]
        assert add_lesson(client, care, lesson_form("Open questions", *unfinished)).status_code == 302
        page = LessonPage.objects.get(title="Open questions")
        form = lesson_form("Open questions", *unfinished, **{"action-submit": "1"})
        answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
        assert "Mark at least one option as right." in answer.content.decode()
        assert page.current_workflow_state is None

    def test_a_figure_without_a_drawing_asks_for_one(self, client, kofi, care):
        client.force_login(kofi)
        empty = {"title": "t", "description": "d", "drawing": "", "labels": {"count": "0"}, "caption": rich_text(""),
                 "cites": {"count": "0"}}  # fmt: skip
        answer = add_lesson(client, care, lesson_form("F", ("figure", empty), **{"action-submit": "1"}))
        assert "Choose an SVG file, or paste the text of one." in answer.content.decode()

    def test_each_page_offers_only_the_subpages_that_belong_there(self, client, kofi, care):
        client.force_login(kofi)
        module = care.get_first_child()
        offered = {
            page.specific_class.__name__: sorted(kind.__name__ for kind in page.specific.creatable_subpage_models())
            for page in (care.get_parent(), care, module, module.get_first_child())
        }
        assert offered == {
            "HomePage": ["CoursePage"],
            "CoursePage": ["ModulePage", "QuizPage"],
            "ModulePage": ["LessonPage", "QuizPage"],
            "LessonPage": [],
        }

    def test_a_new_course_uses_the_newest_edition(self, client, kofi, edition):
        home = factories.home()
        client.force_login(kofi)
        html = client.get(reverse("wagtailadmin_pages:add", args=["courses", "coursepage", home.pk])).content.decode()
        assert f'<option value="{edition.pk}" selected>' in html

    def test_a_reviewer_comments_on_a_page(self, client, kofi, grace, care):
        page = submitted_lesson(client, kofi, care)
        client.force_login(grace)
        comment = {"contentpath": "title", "text": "Say which questions.", "position": "", "deleted": "", "resolved": "",
                   "id": "", "replies": inline_formset([])}  # fmt: skip
        client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), lesson_form(comments=inline_formset([comment])))
        assert [comment.text for comment in page.wagtail_admin_comments.all()] == ["Say which questions."]

    def test_a_course_without_a_release_is_being_written(self, client, amina):
        course = factories.course(released=False)
        assert "This course is being written" in client.get(course.url).content.decode()

    def test_the_default_groups_and_workflow_of_wagtail_are_removed(self):
        factories.home()
        assert set(Group.objects.values_list("name", flat=True)) == {"Trainers", "Reviewers", "Programme managers"}
        assert [workflow.name for workflow in Workflow.objects.all()] == ["Clinical review"]


class TestRelease:
    def test_trainers_and_reviewers_see_the_release_button_and_managers_do_not(self, client, kofi, grace, rosa, care):
        url = reverse("course_release", args=[care.pk])
        shown = {}
        for person in (kofi, grace, rosa):
            client.force_login(person)
            edit = client.get(reverse("wagtailadmin_pages:edit", args=[care.pk])).content.decode()
            home = client.get(reverse("wagtailadmin_home")).content.decode()
            shown[person.get_short_name()] = (url in edit, url in home, client.get(url).status_code)
        assert shown == dict.fromkeys(("Kofi", "Grace"), (True, True, 200)) | {"Rosa": (False, False, 302)}

    def test_the_release_page_of_an_unpublished_course_says_so(self, client, kofi):
        home = factories.home()
        draft = home.add_child(instance=CoursePage(title="D", slug="d", code="D", short_title="D", live=False))
        client.force_login(kofi)
        page = client.get(reverse("course_release", args=[draft.pk]), follow=True)
        assert "This course is not published yet" in page.content.decode()

    def test_without_changes_no_release_is_made(self, client, grace, care):
        client.force_login(grace)
        url = reverse("course_release", args=[care.pk])
        assert "Nothing has changed for learners since release 1.0" in client.get(url).content.decode()
        client.post(url, {"kind": "required", "note": "", "without_test": "on"})
        assert [release.number for release in CourseRelease.objects.all()] == ["1.0"]


class TestDeletion:
    @pytest.fixture
    def completed_lesson(self, amina, care):
        """The first lesson, which Amina has completed."""
        lesson = factories.lessons_of(care)[0]
        progress.complete_step(enrolment.join(amina, care.translation_key), lesson.translation_key)
        return lesson

    @pytest.mark.parametrize("above", [0, 1, 2], ids=["the lesson", "its module", "its course"])
    def test_a_completed_step_is_not_deleted(self, client, administrator, completed_lesson, above):
        page = [completed_lesson, *completed_lesson.get_ancestors().order_by("-depth")][above]
        client.force_login(administrator)
        answer = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)
        assert "Unpublish it instead: the next release will leave it out." in answer.content.decode()
        assert Page.objects.filter(pk=completed_lesson.pk).exists()

    def test_a_completed_step_is_not_deleted_in_a_bulk_action(self, client, administrator, completed_lesson, care):
        other = factories.lessons_of(care)[1]
        client.force_login(administrator)
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        client.post(f"{url}?id={other.pk}&id={completed_lesson.pk}")
        assert Page.objects.filter(pk__in=[completed_lesson.pk, other.pk]).count() == 2

    def test_a_step_nobody_completed_is_deleted(self, client, administrator, completed_lesson, care):
        other = factories.lessons_of(care)[1]
        client.force_login(administrator)
        client.post(reverse("wagtailadmin_pages:delete", args=[other.pk]))
        assert not Page.objects.filter(pk=other.pk).exists()

    def test_a_person_is_not_deleted_but_erased(self, client, administrator, completed_lesson, amina, baraka):
        """Deleting the row alone would leave traces elsewhere. The erasure asks to confirm the password."""
        client.force_login(administrator)
        answer = client.post(reverse("wagtailusers_users:delete", args=[amina.pk]))
        assert answer["Location"] == reverse("erase_person", args=[amina.pk])
        assert reverse("account_reauthenticate") in client.get(answer["Location"])["Location"]
        url = reverse("wagtail_bulk_action", args=["accounts", "user", "delete"])
        client.post(f"{url}?id={amina.pk}&id={baraka.pk}")
        assert User.objects.filter(pk__in=[amina.pk, baraka.pk]).count() == 2


class TestPreviews:
    def test_a_trainer_previews_a_draft_with_its_course_and_citations(self, client, kofi, care, edition):
        statement = Statement.objects.first()
        client.force_login(kofi)
        body = [("text", {"heading": "Ask", "text": rich_text("<p>Then listen.</p>"),
                          "cites": {"count": "1", "0": {"value": str(statement.pk), "deleted": "", "order": "0"}}})]  # fmt: skip
        form = lesson_form("Open questions", *body)
        url = reverse("wagtailadmin_pages:preview_on_add", args=["courses", "lessonpage", care.get_first_child().pk])
        assert client.post(url, form).json() == {"is_valid": True, "is_available": True}
        html = client.get(url).content.decode()
        assert ("Then listen." in html, statement.code in html, "Care" in html) == (True, True, True)

    def test_a_draft_is_shown_as_learners_will_see_it(self, client, kofi, care):
        page = submitted_lesson(client, kofi, care)
        html = client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()
        assert "She comes." in html

    @pytest.mark.parametrize("name", list(LessonBlocks().child_blocks))
    def test_each_block_has_a_preview_in_the_picker(self, client, kofi, edition, name):
        factories.home()
        client.force_login(kofi)
        block = LessonPage._meta.get_field("body").stream_block.child_blocks[name]
        page = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
        assert (block.is_previewable, page.status_code, b"style.css" in page.content) == (True, 200, True)
        assert b'class="block' in page.content


def labels(client, person) -> list[str]:
    """Return the labels of the sidebar for this person, from Wagtail's menu."""
    client.force_login(person)
    response = client.get(reverse("wagtailadmin_home"))
    items = admin_menu.menu_items_for_request(response.wsgi_request)
    return [str(item.label) for item in sorted(items, key=lambda item: item.order)]


class TestMenus:
    def test_everybody_sees_the_menu_items_they_may_use(self, client, kofi, grace, rosa):
        factories.home()
        question_bank.prepare()
        authors = [
            "Pages",
            "Questions",
            "Test results",
            "Extra time",
            "Regrades",
            "Texts to mark",
            "Standards",
            "Images",
            "Documents",
            "Reports",
            "Help",
        ]
        assert {person.get_short_name(): labels(client, person) for person in (kofi, grace, rosa)} == {
            "Kofi": [*authors[:6], "Problem reports", *authors[6:]],
            "Grace": authors,
            "Rosa": ["Test results", "Extra time", "Standards", "Certificates", "Completion", "Corrections", "Help"],
        }

    def test_a_manager_has_no_page_tree_and_no_page_search(self, client, rosa, care):
        client.force_login(rosa)
        assert client.get(reverse("wagtailadmin_explore", args=[care.pk])).status_code == 302
        assert client.get(reverse("wagtailadmin_pages:edit", args=[care.pk])).status_code == 302
        assert "Search all pages" not in client.get(reverse("wagtailadmin_home")).content.decode()

    def test_a_learner_cannot_open_the_admin(self, client, amina):
        client.force_login(amina)
        assert client.get(reverse("wagtailadmin_home")).status_code in (302, 403)

    def test_a_trainer_changes_the_theme_of_the_admin_without_a_first_name(self, client, kofi):
        factories.home()
        client.force_login(kofi)
        url = reverse("wagtailadmin_account")
        assert "First Name" not in client.get(url).content.decode()
        form = {"locale-preferred_language": "ar", "theme-theme": "dark",
                "theme-contrast": "system", "theme-density": "default", "theme-keyboard_shortcuts": "on"}  # fmt: skip
        assert client.post(url, form).status_code == 302
        kofi.refresh_from_db()
        assert kofi.wagtail_userprofile.theme == "dark"


PERSON = {
    "email": "Leila@Example.org", "name": "Leila Haddad", "country": "EG", "language": "ar", "time_zone": "Africa/Cairo",
    "cadre": "nurse", "facility": "", "licence_number": "", "sex": "", "password1": "a long way round", "is_active": "on",
    "password2": "a long way round", "your_password": PASSWORD,
}  # fmt: skip


class TestPeople:
    @pytest.fixture
    def admin_client(self, client, administrator):
        factories.home()
        client.force_login(administrator)
        return client

    def test_an_invited_person_can_sign_in_at_once(self, admin_client, client):
        admin_client.post(reverse("wagtailusers_users:add"), PERSON)
        leila = User.objects.get(email="leila@example.org")
        address = EmailAddress.objects.get(user=leila)
        assert (leila.name, leila.country.code, leila.language, leila.time_zone, leila.cadre) == (
            "Leila Haddad", "EG", "ar", "Africa/Cairo", "nurse",
        )  # fmt: skip
        assert (address.email, address.verified, address.primary) == ("leila@example.org", True, True)
        client.logout()
        client.post(reverse("account_login"), {"login": "leila@example.org", "password": "a long way round"})
        assert client.session["_auth_user_id"] == str(leila.pk)

    def test_an_address_changed_by_an_administrator_is_verified_and_roles_stay(self, admin_client, kofi):
        form = {
            **PERSON,
            "email": "kofi.mensah@example.org",
            "password1": "",
            "password2": "",
        }
        admin_client.post(reverse("wagtailusers_users:edit", args=[kofi.pk]), form)
        kofi.refresh_from_db()
        assert list(EmailAddress.objects.filter(user=kofi).values_list("email", "verified", "primary")) == [
            ("kofi.mensah@example.org", True, True)
        ]
        assert [group.name for group in kofi.groups.all()] == ["Trainers"]
        assert kofi.check_password(PASSWORD)

    def test_an_unverified_address_is_not_verified_by_a_change_of_name(self, admin_client, amina):
        EmailAddress.objects.filter(user=amina).update(verified=False)
        form = {**PERSON, "email": amina.email, "password1": "", "password2": ""}
        admin_client.post(reverse("wagtailusers_users:edit", args=[amina.pk]), form)
        assert not EmailAddress.objects.get(user=amina).verified

    @pytest.mark.parametrize("address", ["amina@example.org", "AMINA@example.org"])
    def test_an_address_belongs_to_one_person(self, admin_client, amina, address):
        page = admin_client.post(reverse("wagtailusers_users:add"), {**PERSON, "email": address})
        assert "There is already an account with this address." in page.content.decode()

    def test_invalid_input_shows_the_form_again(self, admin_client):
        form = {
            **PERSON,
            "email": "x",
            "country": "ZZ",
            "time_zone": "Mars/Base",
            "password2": "other",
            "facility": "x",
        }
        assert admin_client.post(reverse("wagtailusers_users:add"), form).status_code == 200

    def test_the_list_finds_people_by_name_and_shows_their_roles(self, admin_client, kofi, amina):
        html = admin_client.get(
            reverse("wagtailusers_users:index"), {"q": "mensah", "ordering": "-name"}
        ).content.decode()
        assert ("Trainer (*)" in html, "Amina" in html) == (True, False)

    def test_only_administrators_open_people_and_roles(self, client, kofi, rosa):
        factories.home()
        for person in (kofi, rosa):
            client.force_login(person)
            for name in ("wagtailusers_users:index", "roles:index", "roles:add"):
                assert client.get(reverse(name)).status_code == 302


class TestRoles:
    @pytest.fixture
    def admin_client(self, client, administrator):
        factories.home()
        client.force_login(administrator)
        return client

    def give_role(self, admin_client, role: str, country: str, email: str = "amina@example.org"):
        form = {"email": email, "role": role, "country": country, "every_country": "1", "your_password": PASSWORD}
        return admin_client.post(reverse("roles:add"), form)

    def remove_role(self, admin_client, person, role: str, country: str):
        scope = CountryScope.objects.get(user=person, role=role, country=country)
        return admin_client.post(reverse("roles:delete", args=[scope.pk]))

    def test_the_group_comes_with_the_first_country_and_goes_with_the_last(self, admin_client, amina):
        groups = []
        for country in ("KE", "UG"):
            self.give_role(admin_client, "manager", country)
            groups.append([group.name for group in amina.groups.all()])
        for country in ("KE", "UG"):
            self.remove_role(admin_client, amina, "manager", country)
            groups.append([group.name for group in amina.groups.all()])
        assert groups == [["Programme managers"]] * 3 + [[]]
        assert not CountryScope.objects.exists()

    def test_giving_a_role_twice_gives_it_once(self, admin_client, amina):
        assert [self.give_role(admin_client, "trainer", "*").status_code for _ in range(2)] == [302, 302]
        assert CountryScope.objects.count() == 1

    def test_an_unknown_person_country_or_role_is_refused(self, admin_client, amina):
        page = self.give_role(admin_client, "trainer", "*", "who@example.org")
        assert "There is no account with this address." in page.content.decode()
        assert self.give_role(admin_client, "trainer", "ZZ").status_code == 200
        assert self.give_role(admin_client, "king", "KE").status_code == 200
        assert not CountryScope.objects.exists()

    def test_the_list_costs_the_same_queries_however_many_there_are(
        self, admin_client, kofi, rosa, django_assert_num_queries
    ):
        admin_client.get(reverse("roles:index"))
        with django_assert_num_queries(8):
            admin_client.get(reverse("roles:index"))
        for number in range(12):
            person = User.objects.create_user(f"m{number}@example.org", None, name=f"M {number}", country="KE")
            CountryScope.objects.create(user=person, role="manager", country="KE")
        with django_assert_num_queries(8):
            admin_client.get(reverse("roles:index"))
