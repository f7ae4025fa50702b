from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from standards.compendium import CompendiumError
from standards.loading import load

COMPENDIUM = settings.BASE_DIR / "standards" / "data" / "compendium.json"


class Command(BaseCommand):
    help = "Load an edition of the Standards from a compendium file and seal it. A second run writes nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, default=COMPENDIUM)

    def handle(self, path, **options):
        try:
            report = load(path)
        except CompendiumError as error:
            raise CommandError(str(error)) from error
        done = f"Loaded and sealed: {report.written} statements" if report.written else "Nothing to write"
        self.stdout.write(
            f"{done}. Edition {report.edition} has {report.sections} sections and {report.statements} statements."
        )
