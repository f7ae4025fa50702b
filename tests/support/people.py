"""Create people with a verified email address."""

from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "correct horse battery"


def person(name: str, country: str, **fields) -> User:
    """Create a user with PASSWORD and a verified address: the first name at example.org."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name, country=country, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
