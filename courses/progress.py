"""Who has done which step. The only module that writes Completion, Position, Note and Enrolment.completed_at."""

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
    """One step of a release, with its state for one learner."""

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
        """The state to show: here (the open page), done, waived (no longer published) or todo."""
        return "here" if self.here else "done" if self.done else "waived" if self.waived else "todo"


@dataclass(frozen=True)
class Study:
    """What templates need to know about a learner's progress in one course."""

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
        """The first step that is neither done nor waived."""
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
        """The steps grouped by module, in order. The `module` of a group is None for steps outside a module."""
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
    """The steps of a release with their state. A step whose key is not in `live` is waived; live=None waives none."""
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
    """Those of these step keys that have a published page in any language."""
    found = Page.objects.live().filter(translation_key__in=keys).values_list("translation_key", flat=True)
    return {str(key) for key in found}


def live_steps(release: CourseRelease) -> set[str]:
    """live_keys() of a release, kept for 30 seconds in each process: for display only, never to decide completion."""
    keys = [step["key"] for step in release.steps]
    return remember(("live", release.pk), 30, lambda: live_keys(keys))


def done_keys(enrolment: Enrolment) -> set[str]:
    return {str(key) for key in enrolment.completions.values_list("step_key", flat=True)}


def nothing_left(enrolment: Enrolment) -> bool:
    """Whether at least one step is done, and with it every required step that is still published."""
    required = [step["key"] for step in enrolment.release.steps if step["required"]]
    done = done_keys(enrolment)
    return bool(done) and not (live_keys(set(required) - done))


def complete_step(
    enrolment: Enrolment, step_key, score: Decimal | None = None, max_score: Decimal | None = None
) -> bool:
    """Record that a step is done, and complete the enrolment if it was the last. Return False when it was done before.

    The enrolment row is updated first, which locks it on both databases. When two transactions do the last two steps,
    the second one therefore sees the first one's completion and completes the enrolment.
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
    """Complete the enrolment and issue its certificate if nothing is left. Return True when this call did it."""
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
    """The facts that the certificate of this enrolment prints."""
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
    """The same day `years` later. 29 February becomes 28 February when that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def keep_position(enrolment: Enrolment, step_key, block_id) -> None:
    """Store where the learner stopped reading. The last request wins, from whatever device."""
    enrolment.positions.update_or_create(step_key=step_key, defaults={"block_id": block_id})
    Enrolment.objects.this(enrolment).update(active_at=timezone.now())


def keep_note(enrolment: Enrolment, step_key, text: str, block_id: str = "") -> None:
    """Store the learner's private note. An empty text removes it."""
    place = {"step_key": step_key, "block_id": block_id}
    if text.strip():
        enrolment.notes.update_or_create(**place, defaults={"text": text})
    else:
        enrolment.notes.filter(**place).delete()


def study(user: User | AnonymousUser, course_key, here: str = "", course_url: str = "") -> Study | None:
    """The study of this person in the course; of the current release when they are not enrolled; None without one.

    `here` is the key of the step being shown. At most four queries, two when the process remembers the release and
    its published steps.
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
    if mine:  # remembered, because a release is frozen and its outline is long
        mine.release = remember(
            ("release", mine.release_id), 300, lambda: CourseRelease.objects.get(pk=mine.release_id)
        )
    return mine


def studies(user: User) -> list[Study]:
    """The studies of all courses that a person is taking, newest activity first, in three queries."""
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
    """Complete the enrolments that have nothing left but are not complete, for whatever reason. Return how many."""
    running = Enrolment.objects.everybody("the sweep").open()
    releases_running = CourseRelease.objects.filter(pk__in=running.values("release"))
    finished = [enrolment for release in releases_running for enrolment in _with_nothing_left(running, release)]
    return sum(close_if_done(enrolment) for enrolment in finished)


def _with_nothing_left(running: QuerySet[Enrolment], release: CourseRelease) -> QuerySet[Enrolment]:
    """The enrolments of a release with nothing_left(), found by one query because there may be thousands."""
    required = live_keys({step["key"] for step in release.steps if step["required"]})
    done = Count("completions", filter=Q(completions__step_key__in=required))
    counted = running.filter(release=release).annotate(begun=Count("completions"), done=done)
    return counted.filter(begun__gt=0, done=len(required))
