from __future__ import annotations

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from elearning.seed import people
from elearning.seed.histories import Histories
from elearning.seed.papers import courses

BATCH = 5000  # people in one transaction


class Command(BaseCommand):
    help = (
        "Make people with histories until there are SIZE of them, to try the product at a size. Never in an"
        " installation. Nothing else may write to the database meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("size", type=int, metavar="SIZE", help="such as 1000, 10000, 100000 or 1000000")
        parser.add_argument("--seed", type=int, default=1, help="another number makes other people")

    def handle(self, *, size: int, seed: int, **options):
        self.refuse_installation()
        first = people.last_number() + 1
        if first > size:
            self.stdout.write(f"There are {first - 1:,} people already.")
            return
        released = courses()
        if not released:
            raise CommandError("There is no released course. Load one: manage.py load_course foundations")
        started, histories = time.monotonic(), Histories(released, seed, timezone.now())
        for begin in range(first, size + 1, BATCH):
            end = min(begin + BATCH - 1, size)
            histories.write(range(begin, end + 1))
            self.stdout.write(f"{end:,} of {size:,} people, {time.monotonic() - started:.0f} s")
        with connection.cursor() as cursor:  # so that queries are planned for the new size
            cursor.execute("ANALYZE")

    def refuse_installation(self) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is an installation: DATABASE_URL or DATABASE_HOST, and REDIS_URL are set.")
        if people.others_exist() and not settings.DEBUG:
            raise CommandError("There are other people in this database. Set DEBUG=1 if nobody needs it.")
