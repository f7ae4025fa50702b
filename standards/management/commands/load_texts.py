from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from standards.compendium import CompendiumError
from standards.loading import load_texts


class Command(BaseCommand):
    help = (
        "Append wordings of statements, such as the official text in one language, from a JSON file: "
        '{"edition": "2020", "language": "fr", "kind": "official", "source": "...", "texts": {"1.3.6": "..."}}.'
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path)

    def handle(self, path, **options):
        try:
            report = load_texts(path)
        except CompendiumError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Edition {report.edition}: {report.written} wordings appended, "
            f"{report.statements - report.written} existed already."
        )
