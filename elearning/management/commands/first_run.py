from __future__ import annotations

import getpass
import sys

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django_countries import countries

from accounts.emails.links import one_time_link
from accounts.emails.server_check import check_server
from accounts.models import User
from courses.importing import course, library
from elearning.environment import env
from elearning.first_run import administrator, database, readiness

ADMINISTRATOR = {
    "email": ("ADMIN_EMAIL", "Email address of the first administrator: "),
    "name": ("ADMIN_NAME", "Name: "),
    "country": ("ADMIN_COUNTRY", "Country, two letters, for example KE: "),
}


class Command(BaseCommand):
    help = (
        "Set up an installation: check the settings, prepare the database, create the first administrator, send a test "
        "email, load courses. Safe to repeat: what is there stays, what is missing is added."
    )
    requires_system_checks = []  # the first step reports the same, and says more

    def add_arguments(self, parser):
        parser.add_argument("--email", help="of the first administrator; or ADMIN_EMAIL")
        parser.add_argument("--name", help="of the first administrator; or ADMIN_NAME")
        parser.add_argument("--country", help="two letters, such as KE; or ADMIN_COUNTRY")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--test-email", metavar="ADDRESS", help="send the test email there")
        parser.add_argument("--no-test-email", action="store_true")
        parser.add_argument("--courses", help="all, none, or codes separated by commas, such as C1,C6-S")
        parser.add_argument("--no-input", action="store_true", help="ask nothing; a password comes from ADMIN_PASSWORD")

    def handle(self, **options):
        self.interactive = not options["no_input"] and sys.stdin.isatty()
        self.changed = False
        self.failures: list[str] = []
        try:
            self.check_settings()
            self.prepare_database()
            person, is_new = self.find_or_create_administrator(options)
            self.test_email(options, person, is_new)
            self.load_courses(options)
        except (KeyboardInterrupt, EOFError) as error:
            again = "Stopped. Run the same command again: it goes on where it stopped."
            raise CommandError(again, returncode=130) from error
        self.finish(person)

    # Steps ------------------------------------------------------------------------------------------

    def check_settings(self) -> None:
        self.heading("Settings")
        if findings := readiness.findings():
            lines = "\n".join(f"  {number}. {finding}" for number, finding in enumerate(findings, 1))
            raise CommandError(f"Nothing was changed. First mend this, then run it again:\n{lines}")
        for remark in readiness.remarks():
            self.stdout.write(f"  Note: {remark}")
        self.stdout.write("  The settings are complete; database and broker answer.")

    def prepare_database(self) -> None:
        self.heading("Database")
        for sentence in database.prepare() or ["It is up to date."]:
            self.stdout.write(f"  {sentence}")
            self.changed |= sentence != "It is up to date."

    def find_or_create_administrator(self, options) -> tuple[User, bool]:
        """Return the first administrator, and whether they were created now."""
        self.heading("Administrator")
        person = administrator.first_administrator()
        if person is None:
            person = self.create_administrator(options)
            self.changed = True
            self.stdout.write(f"  {person.email} was created. The address counts as confirmed.")
            return person, True
        self.stdout.write(f"  {person.email} is there already.")
        if options["email"] and options["email"].strip().lower() != person.email:
            self.stdout.write("  --email is left aside. `manage.py createsuperuser` makes more administrators.")
        return person, False

    def create_administrator(self, options) -> User:
        given = {name: options[name] or env(variable, default="") for name, (variable, _) in ADMINISTRATOR.items()}
        password = env("ADMIN_PASSWORD", default="")
        while True:
            try:
                details = {name: given.get(name) or self.ask_for(name) for name in ADMINISTRATOR}
                if details["country"].strip().upper() not in dict(countries):
                    raise ValidationError({"country": f"{details['country']} is no two-letter country code."})
                chosen = password or self.ask_for_password()
                return administrator.create(**details, password=chosen, language=options["language"])
            except ValidationError as error:
                self.refuse(" ".join(error.messages))
                # From now on what was wrong is asked; all, if the error does not say which.
                wrong = set(getattr(error, "error_dict", {})) & set(ADMINISTRATOR) or set(ADMINISTRATOR)
                given = {name: value for name, value in details.items() if name not in wrong}
                password = ""

    def ask_for(self, name: str) -> str:
        variable, question = ADMINISTRATOR[name]
        if self.interactive:
            return input(f"  {question}")
        raise CommandError(f"There is no administrator yet. Give --{name}, or set {variable}, and run it again.")

    def ask_for_password(self) -> str | None:
        """Return the chosen password; None if the person is to get a one-time link."""
        while self.interactive:
            first = getpass.getpass("  Password (not shown; empty: print a link that sets one): ")
            if not first or first == getpass.getpass("  The same again: "):
                return first or None
            self.stdout.write("  These were two different passwords.")
        return None

    def test_email(self, options, person: User, is_new: bool) -> None:
        self.heading("Email")
        address = options["test_email"] or (person.email if is_new or self.interactive else "")
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            self.stdout.write(f"  EMAIL_URL is not set: emails are written to files in {settings.EMAIL_FILE_PATH}.")
        elif options["no_test_email"] or not address:
            self.stdout.write("  No test email was sent. --test-email ADDRESS sends one.")
        elif options["test_email"] or is_new or self.yes(f"Send a test email to {address}?"):
            self.send_test_email(address)

    def send_test_email(self, address: str) -> None:
        while said := check_server(address):
            self.stdout.write(f"  The test email was not sent. {said}")
            if not (self.interactive and self.yes("Try again?")):
                self.failures.append(f"The test email was not sent. {said}")
                return
        self.stdout.write(f"  The mail server took a test email to {address}. Look whether it arrives.")

    def load_courses(self, options) -> None:
        self.heading("Courses")
        available = library.packages()
        for package in available:
            self.stdout.write(f"  {package.code:6} {package.title}{' (loaded)' if package.loaded else ''}")
        for package in self.chosen(options["courses"], available):
            self.load_course(package)

    def chosen(self, text: str | None, available: list[library.LibraryPackage]) -> list[library.LibraryPackage]:
        while True:
            if text is None and self.interactive:
                text = input("  Which ones to load? all, none, or codes with commas [none]: ")
            try:
                chosen = library.choose(text or "none", available)
            except library.UnknownPackage as error:
                self.refuse(str(error))
                text = None
                continue
            if not chosen:
                self.stdout.write("  None was loaded now. --courses loads some.")
            return chosen

    def load_course(self, package: library.LibraryPackage) -> None:
        try:
            report = course.load(package.folder)
        except course.PackageError as error:
            self.failures.append(f"{package.code} was not loaded:\n{error}")
            return
        self.changed |= bool(report.written)
        done = f"{len(report.written)} pages and questions written" if report.written else "nothing to write"
        self.stdout.write(f"  {package.code}: {done}.")

    def finish(self, person: User) -> None:
        self.heading("Done" if self.changed else "Done. Nothing was changed")
        self.stdout.write(f"  The site:  {settings.BASE_URL}/\n  The admin: {settings.BASE_URL}/admin/")
        if not person.has_usable_password():
            self.stdout.write(f"  {person.email} sets a password here, within an hour, once:")
            self.stdout.write(f"  {one_time_link(person)}")
        self.stdout.write(
            "\n  Next: sign in at the admin, which helps to set up two-step sign-in; enter name and colours under\n"
            "  Settings > Operator; give roles under Settings > Roles. All of it: docs/operate.md"
        )
        if self.failures:
            failures = "\n".join(self.failures)
            if self.interactive:
                self.stdout.write(f"\n  Still to mend, then run it again:\n  {failures}")
            else:
                raise CommandError(f"All other steps are done. Mend this, then run it again:\n{failures}")

    # Talking ----------------------------------------------------------------------------------------

    def heading(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(text))

    def yes(self, question: str) -> bool:
        return input(f"  {question} [y/N] ").strip().lower() in ("y", "yes")

    def refuse(self, reason: str) -> None:
        """Say why an answer cannot be used, so that it is asked again. Without anybody to ask, stop."""
        if not self.interactive:
            raise CommandError(f"{reason} Mend it, and run it again.")
        self.stdout.write(f"  {reason}")
