from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from elearning.backups import make
from elearning.backups.archive import BadArchive
from elearning.backups.databases import DatabaseProblem


class Command(BaseCommand):
    help = (
        "Back up the database and the files into one archive. The product may run meanwhile. The secrets are not in it: "
        "keep them elsewhere."
    )

    def add_arguments(self, parser):
        parser.add_argument("target", type=Path, help="A folder, or a new file whose name ends in .tar.gz.")
        parser.add_argument("--keep", type=int, help="Afterwards remove all but this many backups from the folder.")

    def handle(self, *args, target: Path, keep: int | None, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep needs a number from 1.")
        if keep is not None and not target.is_dir():
            raise CommandError(f"There is no folder {target}.")
        try:
            backup = make.make(target, self.stdout.write)
        except (make.BackupProblem, DatabaseProblem, BadArchive, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        self.stdout.write(f"{backup.path} is complete, {backup.path.stat().st_size / 1e6:,.1f} MB.")
        make.remove_abandoned(backup.path.parent)
        if backup.missing:
            # No old backup is removed: one of them may still have the files.
            lines = "\n".join(backup.missing[:20])
            raise CommandError(
                f"The backup was made, but {len(backup.missing)} files are missing or damaged. Run `manage.py"
                f" check_files`.\n{lines}"
            )
        for path in make.keep_newest(target, keep) if keep else []:
            self.stdout.write(f"Removed {path}.")
