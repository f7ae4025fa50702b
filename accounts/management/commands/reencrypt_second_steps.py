from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.authentication import mfa


class Command(BaseCommand):
    help = "Encrypt the secrets of two-step sign-in with today's SECRET_KEY, so that a former key can be removed."

    def handle(self, *args, **options):
        try:
            count = mfa.reencrypt()
        except InvalidToken as error:
            raise CommandError(
                "A secret of two-step sign-in opens with no key. Put the key that encrypted it into SECRET_KEY_FALLBACKS."
            ) from error
        self.stdout.write(f"{count} encrypted with today's SECRET_KEY.")
