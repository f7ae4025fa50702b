"""The first run of an installation: `manage.py first_run`. Each step can be repeated and changes nothing then."""
