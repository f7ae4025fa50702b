"""What the people of the seed have done: signed up, read lessons, taken tests, got certificates and emails."""

from __future__ import annotations

import random
import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.audit import trail
from accounts.emails.kinds import kind_of
from accounts.languages import interface_language
from accounts.models import AuditEntry, Email, User
from accounts.outbox import OutboxState
from accounts.site_settings import current_operator
from certificates.codes import ALPHABET, LENGTH
from certificates.models import Certificate, CertificateStatus
from courses.models.records import Completion, Enrolment
from courses.progress import years_later
from elearning.seed import paper_rows, people
from elearning.seed.bulk import Batch, trust_keys
from elearning.seed.papers import Course, CourseTest, Paper
from elearning.seed.people import Person
from quizzes.models.records import Attempt, AttemptState, Mark, Review

# In a course of eight lessons and a test these shares give about 6.4 completions and 0.72 attempts a person.
COMPLETED, FAILED_FIRST, LEFT, REVOKED = 0.5, 0.33, 0.04, 0.02
MINUTE = timedelta(minutes=1)
EMAILS_SENT_WITHIN = timedelta(days=80)  # accounts.retention would delete those of more than 90 days ago
EMAIL_TEXT = "This email belongs to a person who was made to try the product. It was never sent. " * 4


class Histories:
    """Writes people with their histories. `seed` decides what they did, `now` when."""

    def __init__(self, courses: list[Course], seed: int, now: datetime):
        self.courses, self.seed, self.now = courses, seed, now
        self.batch, self.issuer, self.facilities = Batch(), current_operator().name, people.make_facilities()
        paper_rows.store(courses)

    def write(self, numbers: Iterable[int]) -> None:
        """Write the people with these numbers, all or none of them. Their audit entries are sealed as always."""
        first_attempt = self.batch.new_id(Attempt)
        for number in numbers:
            self._add_person(number)
        with transaction.atomic():
            trust_keys()
            self.batch.write()
            paper_rows.add(first_attempt)
        while trail.seal():
            pass

    def _add_person(self, number: int) -> None:
        rng = random.Random(f"{self.seed}/{number}")  # noqa: S311 - the same again at each call
        person, user = people.person(number, rng, self.now), self.batch.new_id(User)
        history = History(self.batch, person, user, rng.choice(self.courses), self.now, rng)
        history.add()
        if history.is_complete:
            history.certify(self.issuer)
        self.batch.add(
            User,
            id=user,
            uuid=person.uuid,
            username=person.username,
            password="!",  # noqa: S106 - nobody can sign in with it
            email=person.email,
            name=person.name,
            language=person.language,
            country=person.country,
            time_zone=person.time_zone,
            cadre=person.cadre,
            facility=self.facilities.get((person.country, person.facility)),
            sex=person.sex,
            date_joined=person.joined,
            last_login=history.moment,
        )
        self.batch.add(EmailAddress, user=user, email=person.email, verified=True, primary=True)
        self._add_email(person, user, "email_confirmation_signup", rng)
        self._add_email(person, user, "certificate_ready" if history.is_complete else "password_reset_key", rng)

    def _add_email(self, person: Person, user: int, kind: str, rng: random.Random) -> None:
        at = self.now - rng.random() * EMAILS_SENT_WITHIN
        self.batch.add(
            Email,
            state=OutboxState.DONE.value,
            due_at=at,
            tries=1,
            done_at=at,
            dedupe_key=f"{kind}:{person.email}",
            message_id=f"<{kind}.{person.email}>",
            to=person.email,
            user=user,
            kind=kind,
            urgency=int(kind_of(kind).urgency),
            language=interface_language(person.language),
            subject=kind,
            text=EMAIL_TEXT,
            html=f"<p>{EMAIL_TEXT}</p>",
            written_at=at,
        )


class History:
    """What one person has done in one course. `moment` is when they were last here."""

    def __init__(self, batch: Batch, person: Person, user: int, course: Course, now: datetime, rng: random.Random):
        self.batch, self.person, self.user, self.course, self.rng = batch, person, user, course, rng
        self.enrolment, self.uuid = batch.new_id(Enrolment), people.new_uuid(rng)
        self.moment = person.joined + 5 * MINUTE
        # Short enough that all is over by now, even if every step is a test that was taken twice.
        self.pace = min(timedelta(days=4), (now - self.moment) / (4 * len(course.steps)))
        self.is_complete = rng.random() < COMPLETED
        self.score = self.max_score = Decimal(0)

    @property
    def day(self) -> date:
        return self.moment.astimezone(zoneinfo.ZoneInfo(self.person.time_zone)).date()

    def add(self) -> None:
        """Add the enrolment and its steps, in their order: all, or so many. A test may stop a person."""
        steps, release, enrolled_at = self.course.steps, self.course.release, self.moment
        done = len(steps) if self.is_complete else self.rng.randrange(len(steps))
        for key, test in steps[:done]:
            self._complete(key, test)
        stopped_by = None if self.is_complete else steps[done][1]
        if stopped_by and not stopped_by.practice:
            self._take(stopped_by, [self.rng.choice(stopped_by.failed)])
        has_left = not self.is_complete and self.rng.random() < LEFT
        self.batch.add(
            Enrolment,
            id=self.enrolment,
            uuid=self.uuid,
            learner=self.user,
            course_key=release.course_key,
            release=release.pk,
            enrolled_at=enrolled_at,
            left_at=self.moment if has_left else None,
            active_at=self.moment,
            completed_at=self.moment if self.is_complete else None,
            completed_on=self.day if self.is_complete else None,
        )

    def _complete(self, key: str, test: CourseTest | None) -> None:
        """Do one step. Some pass a test at their second try only. Practice completes its step without a score."""
        score = max_score = None
        if test is None:
            self._pass_time()
        else:
            passed = self.rng.choice(test.passed)
            fails_first = not test.practice and self.rng.random() < FAILED_FIRST
            self._take(test, [self.rng.choice(test.failed), passed] if fails_first else [passed])
            if not test.practice:
                score, max_score = passed.score, passed.max_score
                self.score, self.max_score = self.score + score, self.max_score + max_score
        self.batch.add(
            Completion,
            enrolment=self.enrolment,
            step_key=key,
            completed_at=self.moment,
            score=score,
            max_score=max_score,
        )

    def _pass_time(self) -> None:
        self.moment += self.pace * self.rng.uniform(0.5, 1.5)

    def _take(self, test: CourseTest, papers: list[Paper]) -> None:
        """Take a test, once for each of these papers. paper_rows.add() adds the questions and answers."""
        quiz = test.quiz
        self._pass_time()
        for number, paper in enumerate(papers, 1):
            started_at, attempt = self.moment, self.batch.new_id(Attempt)
            self.moment += min(quiz.minutes * MINUTE, self.pace) * self.rng.uniform(0.3, 0.9)
            self.batch.add(
                Attempt,
                id=attempt,
                uuid=people.new_uuid(self.rng),
                enrolment=self.enrolment,
                quiz_key=quiz.translation_key,
                quiz_title=quiz.title,
                number=number,
                state=AttemptState.SUBMITTED.value,
                started_at=started_at,
                deadline=started_at + quiz.minutes * MINUTE,
                submitted_at=self.moment,
                minutes=quiz.minutes,
                pass_percent=quiz.pass_percent,
                per_round=quiz.attempts_per_round,
                pause_hours=quiz.pause_hours,
                practice=test.practice,
                review=Review.QUESTIONS.value if test.practice else quiz.review,
                seed=paper.seed,
                seq=paper.answered,
            )
            self.batch.add(
                Mark,
                attempt=attempt,
                score=paper.score,
                max_score=paper.max_score,
                passed=paper.passed,
                critical_errors=paper.critical_errors,
                at=self.moment,
            )

    def certify(self, issuer: str) -> None:
        """Add the certificate and its audit entry. Its PDF counts as made, though there is no file."""
        release, person, certificate = self.course.release, self.person, self.batch.new_id(Certificate)
        is_revoked = self.rng.random() < REVOKED
        self.batch.add(
            Certificate,
            id=certificate,
            state=OutboxState.DONE.value,
            due_at=self.moment,
            tries=1,
            done_at=self.moment,
            pdf_sha256=f"{self.rng.getrandbits(256):064x}",
            pdf_size=90_000,
            code="".join(self.rng.choices(ALPHABET, k=LENGTH)),
            achievement=self.uuid,
            learner=self.user,
            name=person.name,
            course=self.course.title,
            course_code=release.code,
            hours=release.hours,
            score=self.score if self.max_score else None,
            max_score=self.max_score or None,
            edition=release.edition,
            release=release.number,
            completed_on=self.day,
            valid_until=years_later(self.day, release.valid_years),
            issuer=issuer,
            language=interface_language(person.language),
            country=person.country,
            issued_at=self.moment,
            issued_on=self.day,
            time_zone=person.time_zone,
            standing=(CertificateStatus.REVOKED if is_revoked else CertificateStatus.VALID).value,
            standing_reason="Issued by mistake." if is_revoked else "",
            standing_at=self.moment if is_revoked else None,
        )
        self.batch.add(
            AuditEntry,
            at=self.moment,
            verb=trail.Verb.CERTIFICATE_ISSUED.value,
            object_type=Certificate._meta.label_lower,
            object_id=str(certificate),
        )
