from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.importing import course


class Command(BaseCommand):
    help = "Load a course package: a folder, or the name of one that ships in courses/library. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("package", help="A folder, or a name such as `foundations`.")
        parser.add_argument(
            "--without-test",
            action="store_true",
            help="Certificates of this course need fewer tests than before, or none.",
        )

    def handle(self, *args, **options):
        folder = course.LIBRARY / options["package"]
        if not folder.is_dir():
            folder = Path(options["package"])
        try:
            report = course.load(folder, options["without_test"])
        except course.PackageError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        for reason in report.kept:
            self.stdout.write(f"kept: {reason}")
        self.stdout.write(f"{len(report.written)} written, {report.unchanged} unchanged, {len(report.kept)} kept.")
        if report.release:
            self.stdout.write(f"Released as {report.release.number}.")
