"""The settings of the product with the linter of migrations, for `make check`."""

from elearning.settings import *  # noqa: F403
from elearning.settings import BASE_DIR, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "project_root_path": str(BASE_DIR),
    "no_cache": True,
    "ignore_initial_migrations": True,  # they run before there is any code to run beside
    "include_apps": ["accounts", "standards", "certificates", "courses", "quizzes", "privacy", "programmes"],
}
