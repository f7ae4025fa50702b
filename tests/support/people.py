"""People with a verified email address, made in one line."""

from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "correct horse battery"


def person(name: str, country: str, **fields) -> User:
    """A user whose address is their first name at example.org, verified, with PASSWORD."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name, country=country, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
