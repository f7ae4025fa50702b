"""The people of the demo and their history, created with the same functions that the product uses."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts import roles
from accounts.models import Facility, Role, User
from accounts.scoping import ANYWHERE
from courses import enrolment, progress
from courses.models.pages import CoursePage
from courses.models.records import Enrolment
from quizzes import attempts
from quizzes.models.pages import QuizPage

PASSWORD = "plumb-line-2026"  # noqa: S105 - the demo prints it; it is for sample people only


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    country: str
    what: str
    role: str = ""
    scope: str = ""
    zone: str = "UTC"
    cadre: str = ""
    facility: str = ""
    language: str = "en"
    lessons: int = 0  # how many lessons of C1 this person has done
    passes: bool = False  # whether the final test is passed too
    writes: str = ""  # the answer of this person to the essay of the sample course
    administrator: bool = False


CAST = [
    Person("amina@example.org", "Amina Yusuf Hassan", "KE", "learns in Kenya, in the middle of C1", zone="Africa/Nairobi",
           cadre="doctor", facility="Lakeside referral hospital", lessons=5),
    Person("kofi@example.org", "Kofi Mensah", "GH", "writes courses", Role.TRAINER, ANYWHERE, "Africa/Accra"),
    Person("grace@example.org", "Grace Wanjiru", "KE", "reviews what trainers write", Role.REVIEWER, ANYWHERE, "Africa/Nairobi"),
    Person("rosa@example.org", "Rosa Njeri", "KE", "manages the programme in Kenya", Role.MANAGER, "KE", "Africa/Nairobi"),
    Person("omar@example.org", "Omar Farouk", "EG", "manages the programme in Egypt", Role.MANAGER, "EG", "Africa/Cairo"),
    Person("admin@example.org", "Ada Administrator", "KE", "runs the site", administrator=True),
]  # fmt: skip

# These people fill the reports. The demo does not list them, but one can sign in as them too.
EXTRAS = [
    Person("baraka@example.org", "Baraka Otieno", "KE", "", zone="Africa/Nairobi", cadre="nurse",
           facility="Port clinic", lessons=8, passes=True),
    Person("wanjiku@example.org", "Wanjiku Kamau", "KE", "", zone="Africa/Nairobi", cadre="outreach",
           facility="Port clinic", lessons=2,
           writes="It is good that you are awake. The spray does not last as long as what you took, so I ask you to sit here until "
                  "noon. Take this kit home. You can begin a treatment here today, at two o'clock; I go with you."),
    Person("otieno@example.org", "Otieno Odhiambo", "KE", "", zone="Africa/Nairobi", cadre="pharmacist",
           facility="Lakeside referral hospital", lessons=8,
           writes="You must not do this again, or you will die. Next week there is a free place in the clinic. Please come then."),
    Person("mona@example.org", "منى عادل", "EG", "", zone="Africa/Cairo", cadre="nurse",
           facility="Alexandria health centre", language="ar", lessons=8, passes=True),
    Person("youssef@example.org", "Youssef Nabil", "EG", "", zone="Africa/Cairo", cadre="doctor", lessons=3),
]  # fmt: skip


def people() -> None:
    """Create the demo people with their history. People who exist already are not changed."""
    course = CoursePage.objects.get(code="C1")
    for person in [*CAST, *EXTRAS]:
        if not User.objects.filter(email=person.email).exists():
            study(invite(person), person, course)


def invite(person: Person) -> User:
    """Create the account with a verified address, and the person's role and facility if they have any."""
    make = User.objects.create_superuser if person.administrator else User.objects.create_user
    user = make(
        person.email,
        PASSWORD,
        name=person.name,
        country=person.country,
        language=person.language,
        time_zone=person.zone,
        cadre=person.cadre,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if person.role:
        roles.grant(user, person.role, person.scope)
    if person.facility:
        user.facility, _ = Facility.objects.get_or_create(name=person.facility, country=person.country, region="")
        user.save(update_fields=["facility"])
    return user


def study(user: User, person: Person, course: CoursePage) -> None:
    """Complete the person's first `lessons` lessons of the course, and pass its test if `passes` is set."""
    if not person.lessons:
        return
    mine = enrolment.join(user, course.translation_key)
    lessons = [step["key"] for step in mine.release.steps if step["kind"] == "lesson"]
    for key in lessons[: person.lessons]:
        progress.complete_step(mine, key)
    if person.passes:
        hand_in(mine, course, left_open=1)


def texts() -> None:
    """Submit essays for manual marking. People who have joined the essay course already are not changed."""
    course = CoursePage.objects.get(code="C6-W")
    for person in EXTRAS:
        user = User.objects.get(email=person.email)
        if person.writes and not user.enrolments.filter(course_key=course.translation_key).exists():
            hand_in(enrolment.join(user, course.translation_key), course, text=person.writes)


def hand_in(mine: Enrolment, course: CoursePage, text: str = "", left_open: int = 0) -> None:
    """Take the course's test: answer correctly, essays with `text`, but leave the last `left_open` questions open."""
    quiz = QuizPage.objects.child_of(course).live().get()
    attempt = attempts.start(mine, quiz)
    items = list(attempt.items.select_related("version"))
    for item in items[: len(items) - left_open]:
        question_type, body = item.version.question_type, item.version.content["body"]
        answer = text if question_type.marked_by_people else question_type.key(body)
        attempts.save(attempt, item, 1, answer, flagged=False)
    attempts.submit(attempt)
