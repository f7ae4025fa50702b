from django.core.management.base import BaseCommand, CommandError

from accounts.authentication import mfa
from accounts.models import User


class Command(BaseCommand):
    help = "Take the second factor off somebody who lost phone and codes; make sure first that it is they who ask."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *args, email: str, **options):
        person = User.objects.with_email(email).first()
        if person is None:
            raise CommandError(f"Nobody signs in as {email}.")
        mfa.forget(person)
        self.stdout.write(f"{person} signs in with the password alone, until they set up a second factor again.")
