from django.contrib.auth.management.commands import createsuperuser
from django.core.exceptions import ValidationError

from accounts.models import User, new_username


class Command(createsuperuser.Command):
    """Django's command, but it generates the username and checks the email address as soon as it is typed."""

    def handle(self, *args, **options):
        return super().handle(*args, **options | {"username": new_username()})

    def get_input_data(self, field, message, default=None):
        value = super().get_input_data(field, message, default)
        if field.name != "email" or value is None:
            return value
        try:
            User.objects.check_administrator(value)
        except ValidationError as error:
            self.stderr.write(f"Error: {'; '.join(error.messages)}")
            return None
        return value
