from django.contrib.auth.management.commands import createsuperuser
from django.core.exceptions import ValidationError

from accounts.admin.user_form import mark_email_verified
from accounts.models import User, new_username


class Command(createsuperuser.Command):
    """Django's command, but it generates the username and checks the email address as soon as it is typed.

    The address counts as confirmed, as that of the first administrator: this is the way back in when no email is sent.
    """

    def handle(self, *args, **options):
        username = new_username()
        super().handle(*args, **options | {"username": username})
        mark_email_verified(User.objects.get(username=username))

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
