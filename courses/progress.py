"""Who has done which step. The only writer of Completion, of Position and Note, and of Enrolment.completed_at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from wagtail.models import Page

from accounts.models import User
from accounts.process_cache import remember
from certificates import issuing
from certificates.printed_fields import Facts
from courses import releases
from courses.models.records import CourseRelease, Enrolment, Note, Position


@dataclass(frozen=True)
class Step:
    """One step of a release, as this learner stands to it."""

    key: str
    kind: str
    title: str
    number: str
    minutes: int
    bytes: int
    path: str
    module: dict | None
    done: bool = False
    here: bool = False
    waived: bool = False

    @property
    def state(self) -> str:
        """done, here, waived (no longer published) or todo."""
        return "here" if self.here else "done" if self.done else "waived" if self.waived else "todo"


@dataclass(frozen=True)
class Study:
    """A learner's way through one course: what templates need to know beside the content."""

    enrolment: Enrolment | None
    release: CourseRelease
    steps: list[Step]
    position: str = ""
    note: str = ""
    course_url: str = ""

    @cached_property
    def left(self) -> list[Step]:
        return [step for step in self.steps if not step.done and not step.waived]

    @cached_property
    def done(self) -> list[Step]:
        return [step for step in self.steps if step.done]

    @cached_property
    def here(self) -> Step | None:
        return next((step for step in self.steps if step.here), None)

    @cached_property
    def next_open(self) -> Step | None:
        """The first step that is still to be done."""
        return next(iter(self.left), None)

    def _neighbour(self, by: int) -> Step | None:
        at = next((number for number, step in enumerate(self.steps) if step.here), None)
        if at is None or not 0 <= at + by < len(self.steps):
            return None
        return self.steps[at + by]

    @cached_property
    def after(self) -> Step | None:
        return self._neighbour(1)

    @cached_property
    def before(self) -> Step | None:
        return self._neighbour(-1)

    @cached_property
    def modules(self) -> list[dict]:
        """The steps grouped by module, in order; steps outside a module stand in a group without one."""
        groups: list[dict] = []
        for step in self.steps:
            if not groups or groups[-1]["module"] != step.module:
                groups.append({"module": step.module, "steps": []})
            groups[-1]["steps"].append(step)
        for group in groups:
            group["todo"] = not any(step.done or step.here for step in group["steps"])
            group["here"] = any(step.here for step in group["steps"])
        return groups

    @cached_property
    def lessons_left(self) -> list[Step]:
        return [step for step in self.left if step.kind == "lesson"]

    @cached_property
    def waived(self) -> list[Step]:
        return [step for step in self.steps if step.waived and not step.done]


def steps_of(release: CourseRelease, done: set[str], live: set[str] | None = None, here: str = "") -> list[Step]:
    """The release's steps with their state. `live` (keys of published pages) waives the others; None waives none."""
    names = ("key", "kind", "title", "number", "minutes", "bytes", "path", "module")
    return [
        Step(
            **{name: item[name] for name in names},
            done=item["key"] in done,
            here=item["key"] == here,
            waived=live is not None and item["key"] not in live,
        )
        for item in release.steps
    ]


def live_keys(keys) -> set[str]:
    """Which of these step keys have a published page in any language."""
    found = Page.objects.live().filter(translation_key__in=keys).values_list("translation_key", flat=True)
    return {str(key) for key in found}


def live_steps(release: CourseRelease) -> set[str]:
    """The same for a release, to be shown: kept for 30 seconds in each process. What completes asks live_keys()."""
    keys = [step["key"] for step in release.steps]
    return remember(("live", release.pk), 30, lambda: live_keys(keys))


def done_keys(enrolment: Enrolment) -> set[str]:
    return {str(key) for key in enrolment.completions.values_list("step_key", flat=True)}


def nothing_left(enrolment: Enrolment) -> bool:
    """Whether something was done and every required step that is still published is among it."""
    required = [step["key"] for step in enrolment.release.steps if step["required"]]
    done = done_keys(enrolment)
    return bool(done) and not (live_keys(set(required) - done))


def complete_step(
    enrolment: Enrolment, step_key, score: Decimal | None = None, max_score: Decimal | None = None
) -> bool:
    """Record that a step is done, and whatever follows from it; True when it was not done before.

    The enrolment row is updated first: on both databases that takes its lock, so of two last steps
    in two transactions the second sees the first, and one of them finds nothing left.
    """
    with transaction.atomic():
        now = timezone.now()
        Enrolment.objects.this(enrolment).update(active_at=now)
        _, created = enrolment.completions.get_or_create(
            step_key=step_key,
            defaults={"completed_at": now, "score": score, "max_score": max_score},
        )
        close_if_done(enrolment)
    return created


def close_if_done(enrolment: Enrolment) -> bool:
    """Complete the enrolment and issue its certificate when nothing is left; True when this call did it."""
    enrolment = Enrolment.objects.this(enrolment).select_related("release", "learner").get()
    if enrolment.completed_at or not nothing_left(enrolment):
        return False
    with transaction.atomic():
        now = timezone.now()
        if not Enrolment.objects.this(enrolment).filter(completed_at=None).update(completed_at=now):
            return False
        issuing.issue(enrolment.learner, facts(enrolment, timezone.localdate(now)), enrolment.uuid)
    return True


def facts(enrolment: Enrolment, completed_on: date) -> Facts:
    """What the certificate prints about this enrolment."""
    release = enrolment.release
    scores = enrolment.completions.aggregate(score=Sum("score"), max_score=Sum("max_score"))
    return Facts(
        course=release.title,
        course_code=release.code,
        hours=release.hours,
        score=scores["score"],
        max_score=scores["max_score"],
        edition=release.edition,
        release=release.number,
        completed_on=completed_on,
        valid_until=years_later(completed_on, release.valid_years),
        language=enrolment.learner.language,
    )


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def keep_position(enrolment: Enrolment, step_key, block_id) -> None:
    """Remember where the learner stopped reading; the last device to say so wins."""
    enrolment.positions.update_or_create(step_key=step_key, defaults={"block_id": block_id})
    Enrolment.objects.this(enrolment).update(active_at=timezone.now())


def keep_note(enrolment: Enrolment, step_key, text: str, block_id: str = "") -> None:
    """Keep the learner's private note; an empty text removes it."""
    place = {"step_key": step_key, "block_id": block_id}
    if text.strip():
        enrolment.notes.update_or_create(**place, defaults={"text": text})
    else:
        enrolment.notes.filter(**place).delete()


def study(user: User | AnonymousUser, course_key, here: str = "", course_url: str = "") -> Study | None:
    """This person's way through the course; without an enrolment the current release; None without a release.

    `here` is the key of the step being shown. At most three queries, two when the release is known.
    """
    enrolment = _enrolment(user, course_key, here) if user.is_authenticated else None
    release = enrolment.release if enrolment else releases.current(course_key)
    if release is None:
        return None
    done = done_keys(enrolment) if enrolment else set()
    return Study(
        enrolment=enrolment,
        release=release,
        steps=steps_of(release, done, live_steps(release), here),
        # Annotated by _enrolment() when a step is being shown.
        position=str(getattr(enrolment, "position_block", None) or ""),
        note=getattr(enrolment, "note_text", None) or "",
        course_url=course_url,
    )


def _enrolment(user: User, course_key, here: str) -> Enrolment | None:
    rows = Enrolment.objects.of(user).in_course(course_key).active().order_by("-period")
    if here:
        place = {"enrolment": OuterRef("pk"), "step_key": here}
        rows = rows.annotate(
            position_block=Subquery(Position.objects.filter(**place).values("block_id")[:1]),
            note_text=Subquery(Note.objects.filter(**place, block_id="").values("text")[:1]),
        )
    mine = rows.first()
    if mine:  # a release is frozen, and its outline is long
        mine.release = remember(
            ("release", mine.release_id), 300, lambda: CourseRelease.objects.get(pk=mine.release_id)
        )
    return mine


def studies(user: User) -> list[Study]:
    """All the courses a person is taking, newest activity first; three queries however many there are."""
    mine = list(
        Enrolment.objects.of(user)
        .active()
        .select_related("release")
        .prefetch_related("completions")
        .order_by(F("active_at").desc(nulls_last=True), "-enrolled_at")
    )
    live = live_keys({step["key"] for enrolment in mine for step in enrolment.release.steps})
    return [
        Study(
            enrolment=enrolment,
            release=enrolment.release,
            steps=steps_of(enrolment.release, {str(done.step_key) for done in enrolment.completions.all()}, live),
        )
        for enrolment in mine
    ]


def sweep() -> int:
    """Close enrolments with nothing left and no completion, whatever kept it from happening; how many."""
    running = Enrolment.objects.everybody("the sweep").open()
    releases_running = CourseRelease.objects.filter(pk__in=running.values("release"))
    finished = [enrolment for release in releases_running for enrolment in _with_nothing_left(running, release)]
    return sum(close_if_done(enrolment) for enrolment in finished)


def _with_nothing_left(running: QuerySet[Enrolment], release: CourseRelease) -> QuerySet[Enrolment]:
    """Those of a release of whom nothing_left() is true; asked of all at once, for thousands may be on their way."""
    required = live_keys({step["key"] for step in release.steps if step["required"]})
    done = Count("completions", filter=Q(completions__step_key__in=required))
    counted = running.filter(release=release).annotate(begun=Count("completions"), done=done)
    return counted.filter(begun__gt=0, done=len(required))
