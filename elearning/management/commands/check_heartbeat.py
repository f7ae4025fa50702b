from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from elearning import heartbeats
from elearning.health import parts


class Command(BaseCommand):
    help = "Exit with 0 if the worker or beat of this machine has shown that it works, else with 1. For health checks."

    def add_arguments(self, parser):
        parser.add_argument("process", choices=[heartbeats.WORKER, heartbeats.BEAT])

    def handle(self, *args, process: str, **options):
        try:
            here, heard = heartbeats.last_here(process), heartbeats.latest()
        except Error as error:
            raise CommandError(f"The database does not answer: {type(error).__name__}.") from error
        now = timezone.now()
        seconds = parts.age(here, now)
        if seconds is None or seconds > settings.HEARTBEAT_LIMIT:
            raise CommandError(
                f"The {process} of this machine has "
                + ("never answered." if seconds is None else f"not answered for {seconds:.0f} seconds.")
            )
        if process == heartbeats.WORKER and not parts.worker(heard, now).is_ok:
            raise CommandError("The worker runs, but no periodic work was done. Messages do not reach it, or it hangs.")
        self.stdout.write(f"The {process} of this machine answered {seconds:.0f} seconds ago.")
