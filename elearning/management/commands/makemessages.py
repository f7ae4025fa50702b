"""Extract every text of the interface into each language's catalogues, so that a second run writes nothing."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management.commands import makemessages
from django.utils.translation import to_locale

LOCALES = sorted(to_locale(code) for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
DATE = re.compile(r'^"POT-Creation-Date: .*\\n"\n', re.MULTILINE)


class Command(makemessages.Command):
    help = "Extract the texts of templates and Python (django) and of scripts (djangojs), for all languages."
    # A guess at a translation is not one: what changed is untranslated, and the test says so.
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
        """Without the date of extraction, the one thing that would differ in every run."""
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        path.write_text(DATE.sub("", path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
