from django.core.management.base import BaseCommand, CommandError

from accounts.audit import trail


class Command(BaseCommand):
    help = "Verify the audit trail and print its newest seal. Store that line elsewhere and pass it later with --kept."

    def add_arguments(self, parser):
        parser.add_argument("--kept", action="append", default=[], help="A line this command printed earlier.")

    def handle(self, *args, kept: list[str], **options):
        problems = trail.check()
        problems += [
            f"seal {line.partition(':')[0]} is not the one that was kept"
            for line in kept
            if not trail.contains_seal(line)
        ]
        if problems:
            raise CommandError("The audit trail was changed:\n" + "\n".join(problems))
        self.stdout.write("The audit trail is intact. Its newest seal:")
        self.stdout.write(trail.head() or "Nothing is sealed yet.")
