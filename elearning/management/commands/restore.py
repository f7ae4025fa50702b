from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from elearning.backups import restore
from elearning.backups.archive import BadArchive
from elearning.backups.databases import DatabaseProblem
from elearning.backups.manifest import NEEDED_SECRETS


class Command(BaseCommand):
    help = "Restore a backup into an empty database. Stop web, worker and beat first. docs/backup.md has the steps."
    # The database is empty, so there is nothing to check it against.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("archive", type=Path)
        parser.add_argument("--yes", action="store_true", help="Go on without a question, also when secrets differ.")
        parser.add_argument(
            "--send-waiting",
            action="store_true",
            help="Send the emails that waited when the backup was made. Some may have been sent since: those arrive twice.",
        )

    def handle(self, *args, archive: Path, yes: bool, send_waiting: bool, **options):
        try:
            content, differing = restore.check(archive, self.stdout.write)
        except (BadArchive, DatabaseProblem, restore.RestoreProblem) as error:
            raise CommandError(str(error)) from error
        self.confirm(differing, yes)
        try:
            result = restore.restore(archive, content, self.stdout.write, send_waiting=send_waiting)
        except (BadArchive, DatabaseProblem, restore.NotAsInManifest, OSError) as error:
            raise CommandError(f"The restore stopped. {error}") from error
        self.print_summary(result)

    def confirm(self, differing: list[str], yes: bool) -> None:
        """Say what is lost where a secret differs from that of the backup, and ask whether to go on."""
        if not differing:
            self.stdout.write("The secrets are those of the backup.")
        for name in differing:
            self.stdout.write(f"{name} is not that of the backup. {NEEDED_SECRETS[name]}")
        if differing and not yes and not self.agrees("Go on without the secrets of the backup? (yes/no) "):
            raise CommandError("Nothing was changed. Put the old values into the environment (docs/secrets.md).")

    def agrees(self, question: str) -> bool:
        try:
            return input(question).strip().lower() == "yes"
        except EOFError:  # nobody is there to answer
            return False

    def print_summary(self, result: restore.Restored) -> None:
        content = result.manifest
        lines = [
            f"Restored: {len(content.tables)} tables with {content.rows:,} rows, all as in the manifest.",
            f"{result.erased} people were erased again.",
            f"{result.done} pieces of waiting work were begun. What is left is done once the worker runs.",
            f"{result.held} emails are held, because they may have been sent already. Staff can send them again.",
            "All sessions have ended: everybody signs in again.",
        ]
        if result.problems:
            lines += [f"{len(result.problems)} files are missing or damaged. Run `manage.py check_files --repair`:"]
            lines += result.problems[:20]
        else:
            lines += ["Every file that the database names is there."]
        self.stdout.write("\n".join(["", *lines]))
