from django.core.management.base import BaseCommand, CommandError

from certificates import pdf_check
from elearning.backups import file_check


class Command(BaseCommand):
    help = "Check that every file that the database names is there and intact. With --repair, mend what can be mended."

    def add_arguments(self, parser):
        parser.add_argument(
            "--repair", action="store_true", help="Print lost certificates again, remove lost renditions."
        )

    def handle(self, *args, repair: bool, **options):
        problems = self.check_certificates(repair) + self.check_others(repair)
        if problems:
            raise CommandError(f"{problems} files are missing or damaged.")
        self.stdout.write("Every file that the database names is there.")

    def check_certificates(self, repair: bool) -> int:
        """Report and mend PDFs of certificates. Return how many are still not right."""
        wrong = 0
        for problem in pdf_check.problems():
            result = pdf_check.reprint(problem.certificate) if repair else None
            wrong += result in (None, pdf_check.Repair.FAILED)
            end = f", {result}" if result else ""
            self.stdout.write(f"certificate {problem.certificate.shown_code}: {problem.kind}{end}")
        return wrong

    def check_others(self, repair: bool) -> int:
        wrong = 0
        for problem in file_check.problems():
            mended = repair and problem.is_rendition
            if mended:
                file_check.remove_rendition(problem)
            wrong += not mended
            end = ", will be made again" if mended else ""
            self.stdout.write(f"{problem.name}: {problem.kind}{end}")
        return wrong
