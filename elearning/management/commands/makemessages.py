"""Extract all interface texts into the catalogues of all languages. A second run changes nothing."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management.commands import makemessages
from django.utils.translation import to_locale

LOCALES = sorted(to_locale(code) for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
DATE = re.compile(r'^"POT-Creation-Date: .*\\n"\n', re.MULTILINE)


class Command(makemessages.Command):
    help = "Extract the texts of templates and Python (django) and of scripts (djangojs), for all languages."
    # Fuzzy matches are guesses. Without them a changed text counts as untranslated, and a test reports it.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args, **options):
        options |= {
            "locale": LOCALES,
            "no_location": True,
            "no_obsolete": True,
            "ignore_patterns": [".venv", "var", "tests", "docs", *options["ignore_patterns"]],
        }
        for domain in ("django", "djangojs"):
            super().handle(*args, **options | {"domain": domain})

    def write_po_file(self, potfile: str, locale: str) -> None:
        """Write the catalogue without the date of extraction, which would differ in every run."""
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        path.write_text(DATE.sub("", path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
