"""Record requests for data copies and erasure. The worker carries them out."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import User
from accounts.ratelimit import limiter
from accounts.ratelimit.limits import COPIES
from privacy import tasks
from privacy.models import DataCopy, Erasure


class LastAdministrator(Exception):
    """The erasure is refused: no administrator would be left."""


def request_erasure(person: User, by: User) -> Erasure:
    """Deactivate the person and write one pending erasure, however often it is requested. Raises LastAdministrator."""
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_superuser=True, is_active=True).exists():
            # Locked: if the last two administrators request it at the same time, one of them is refused.
            others = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
            if not [other for other in others if other.pk != person.pk]:
                raise LastAdministrator
        erasure, new = Erasure.objects.get_or_create(
            person=person.uuid,
            defaults={"by": by.uuid, "due_at": timezone.now() + timedelta(seconds=settings.ERASURE_GRACE)},
        )
        User.objects.filter(pk=person.pk).update(is_active=False)
        if new:
            trail.record(Verb.ERASURE_ASKED, by, person)
            outgoing.send("erasure_asked", person.email, {}, key=f"erasure:{erasure.uuid}", user=person)
    return erasure


def request_copy(person: User) -> DataCopy:
    """Return the copy that is being made for this person, or a new one. Raises limiter.TooOften."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                copy = DataCopy.objects.create(user=person)
        except IntegrityError:  # the constraint one_copy_in_the_making
            return DataCopy.objects.of(person).unfinished().get()
        limiter.take(COPIES, str(person.uuid))
        trail.record(Verb.DATA_ASKED, person, copy)
        tasks.make_copy.delay_on_commit(copy.pk)
    return copy
