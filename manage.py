#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from elearning.version import VERSION

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "elearning.settings")
    # Django answers "version" itself, with its own version, before it looks for commands.
    if sys.argv[1:] in (["version"], ["--version"]):
        sys.stdout.write(f"Plumbline {VERSION}\n")
    else:
        execute_from_command_line(sys.argv)
