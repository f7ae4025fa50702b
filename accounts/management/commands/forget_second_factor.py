from django.core.management.base import BaseCommand, CommandError

from accounts.authentication import mfa
from accounts.models import User


class Command(BaseCommand):
    help = "Remove the second factor of somebody who lost their phone and codes. First verify who is asking."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *args, email: str, **options):
        person = User.objects.with_email(email).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}.")
        mfa.remove_second_factor(person)
        self.stdout.write(f"{person} now signs in with the password alone until they set up a second factor again.")
