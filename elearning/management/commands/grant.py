from django.core.management.base import BaseCommand, CommandError
from django_countries import countries

from accounts import roles
from accounts.models import Role, User
from accounts.scoping import ANYWHERE


class Command(BaseCommand):
    help = "Give a person a role for a country, or for every country with *."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("country", help="A two-letter country code, or *.")

    def handle(self, *args, email: str, role: str, country: str, **options):
        person = User.objects.with_email(email).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}. First create it: Settings > People.")
        if country != ANYWHERE and country.upper() not in dict(countries):
            raise CommandError(f"{country} is neither a two-letter country code nor *.")
        roles.grant(person, role, country.upper())
        self.stdout.write(f"{person} is now {Role(role).label.lower()} for {country.upper()}.")
