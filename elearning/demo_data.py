"""The people of the demo and their history, created with the same functions that the product uses."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts import roles
from accounts.models import Facility, Role, User
from accounts.scoping import ANYWHERE
from courses import progress
from courses.enrolment import join
from courses.models.pages import CoursePage
from courses.models.records import Enrolment
from quizzes import attempts
from quizzes.models.pages import QuizPage

PASSWORD = "plumb-line-2026"  # noqa: S105 - the demo prints it; only sample people have it


@dataclass(frozen=True)
class DemoPerson:
    email: str
    name: str
    country: str
    description: str
    role: str = ""
    scope: str = ""
    time_zone: str = "UTC"
    cadre: str = ""
    facility: str = ""
    language: str = "en"
    lessons_done: int = 0  # of course C1
    passes_test: bool = False  # the final test of C1
    essay: str = ""  # the answer to the essay question of the sample course
    administrator: bool = False


PEOPLE = [
    DemoPerson("amina@example.org", "Amina Yusuf Hassan", "KE", "learns in Kenya, in the middle of C1", time_zone="Africa/Nairobi",
           cadre="doctor", facility="Lakeside referral hospital", lessons_done=5),
    DemoPerson("kofi@example.org", "Kofi Mensah", "GH", "writes courses", Role.TRAINER, ANYWHERE, "Africa/Accra"),
    DemoPerson("grace@example.org", "Grace Wanjiru", "KE", "reviews what trainers write", Role.REVIEWER, ANYWHERE, "Africa/Nairobi"),
    DemoPerson("rosa@example.org", "Rosa Njeri", "KE", "manages the programme in Kenya", Role.MANAGER, "KE", "Africa/Nairobi"),
    DemoPerson("omar@example.org", "Omar Farouk", "EG", "manages the programme in Egypt", Role.MANAGER, "EG", "Africa/Cairo"),
    DemoPerson("admin@example.org", "Ada Administrator", "KE", "runs the site", administrator=True),
]  # fmt: skip

# These people fill the reports. The demo does not list them, but you can sign in as them too.
MORE_PEOPLE = [
    DemoPerson("baraka@example.org", "Baraka Otieno", "KE", "", time_zone="Africa/Nairobi", cadre="nurse",
           facility="Port clinic", lessons_done=8, passes_test=True),
    DemoPerson("wanjiku@example.org", "Wanjiku Kamau", "KE", "", time_zone="Africa/Nairobi", cadre="outreach",
           facility="Port clinic", lessons_done=2,
           essay="It is good that you are awake. The spray does not last as long as what you took, so I ask you to sit here until "
                  "noon. Take this kit home. You can begin a treatment here today, at two o'clock; I go with you."),
    DemoPerson("otieno@example.org", "Otieno Odhiambo", "KE", "", time_zone="Africa/Nairobi", cadre="pharmacist",
           facility="Lakeside referral hospital", lessons_done=8,
           essay="You must not do this again, or you will die. Next week there is a free place in the clinic. Please come then."),
    DemoPerson("mona@example.org", "منى عادل", "EG", "", time_zone="Africa/Cairo", cadre="nurse",
           facility="Alexandria health centre", language="ar", lessons_done=8, passes_test=True),
    DemoPerson("youssef@example.org", "Youssef Nabil", "EG", "", time_zone="Africa/Cairo", cadre="doctor", lessons_done=3),
]  # fmt: skip


def create_people() -> None:
    """Create the demo people with their history. People who exist already are not changed."""
    course = CoursePage.objects.get(code="C1")
    for person in [*PEOPLE, *MORE_PEOPLE]:
        if not User.objects.filter(email=person.email).exists():
            record_progress(create_account(person), person, course)


def create_account(person: DemoPerson) -> User:
    """Create the account with a verified email address, and the person's role and facility if they have any."""
    create = User.objects.create_superuser if person.administrator else User.objects.create_user
    user = create(
        person.email,
        PASSWORD,
        name=person.name,
        country=person.country,
        language=person.language,
        time_zone=person.time_zone,
        cadre=person.cadre,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if person.role:
        roles.grant(user, person.role, person.scope)
    if person.facility:
        user.facility, _ = Facility.objects.get_or_create(name=person.facility, country=person.country, region="")
        user.save(update_fields=["facility"])
    return user


def record_progress(user: User, person: DemoPerson, course: CoursePage) -> None:
    """Complete the person's first `lessons_done` lessons of the course, and pass its test if `passes_test` is set."""
    if not person.lessons_done:
        return
    enrolment = join(user, course.translation_key)
    lessons = [step["key"] for step in enrolment.release.steps if step["kind"] == "lesson"]
    for key in lessons[: person.lessons_done]:
        progress.complete_step(enrolment, key)
    if person.passes_test:
        take_test(enrolment, course, unanswered=1)


def submit_essays() -> None:
    """Submit essays for manual marking. People who have joined the essay course already are not changed."""
    course = CoursePage.objects.get(code="C6-W")
    for person in MORE_PEOPLE:
        user = User.objects.get(email=person.email)
        if person.essay and not user.enrolments.filter(course_key=course.translation_key).exists():
            take_test(join(user, course.translation_key), course, text=person.essay)


def take_test(enrolment: Enrolment, course: CoursePage, text: str = "", unanswered: int = 0) -> None:
    """Take the course's test and answer correctly, but leave the last `unanswered` questions open. Essays get `text`."""
    quiz = QuizPage.objects.child_of(course).live().get()
    attempt = attempts.start(enrolment, quiz)
    items = list(attempt.items.select_related("version"))
    for item in items[: len(items) - unanswered]:
        question_type, body = item.version.question_type, item.version.content["body"]
        answer = text if question_type.marked_by_people else question_type.key(body)
        attempts.save(attempt, item, 1, answer, flagged=False)
    attempts.submit(attempt)
