from django.core.management.base import BaseCommand, CommandError

from accounts.audit import trail


class Command(BaseCommand):
    help = "Look whether the audit trail is whole; prints its newest seal, to be kept elsewhere and given back later."

    def add_arguments(self, parser):
        parser.add_argument("--kept", action="append", default=[], help="A line this command printed earlier.")

    def handle(self, *args, kept: list[str], **options):
        problems = trail.check()
        problems += [
            f"seal {line.partition(':')[0]} is not the one that was kept" for line in kept if not trail.holds(line)
        ]
        if problems:
            raise CommandError("The audit trail was changed:\n" + "\n".join(problems))
        self.stdout.write(trail.head() or "Nothing is sealed yet.")
