from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.importing import course, library


class Command(BaseCommand):
    help = "Load a course package: a folder, or the code or name of one that the product ships. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("package", help="A folder, a code such as `C1`, or a name such as `foundations`.")
        parser.add_argument(
            "--without-test",
            action="store_true",
            help="Certificates of this course need fewer tests than before, or none.",
        )

    def handle(self, *args, **options):
        try:
            report = course.load(folder_of(options["package"]), options["without_test"])
        except course.PackageError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        for reason in report.kept:
            self.stdout.write(f"kept: {reason}")
        self.stdout.write(f"{len(report.written)} written, {report.unchanged} unchanged, {len(report.kept)} kept.")
        if report.release:
            self.stdout.write(f"Released as {report.release.number}.")


def folder_of(text: str) -> Path:
    """Return the folder of a package: of the library, by its code or name, or at this path. Raises CommandError."""
    packages = library.packages()
    names = {name.lower(): package.folder for package in packages for name in (package.code, package.folder.name)}
    folder = names.get(text.lower(), Path(text))
    if not folder.is_dir():
        there_are = ", ".join(f"{package.code} ({package.folder.name})" for package in packages)
        raise CommandError(f"There is no folder {text}. The product ships these courses: {there_are}.")
    return folder
