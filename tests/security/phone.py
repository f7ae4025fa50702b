"""An authenticator app: the one-time codes of a secret."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse

from tests.support.people import PASSWORD


def code(secret: str, steps: int = 0) -> str:
    """Return the code that the app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client, user, password: str = PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": user.email, "password": password}, **extra)


def set_up(client, user) -> str:
    """Sign in, confirm the password and set up the second factor. Return the secret."""
    sign_in(client, user)
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    page = client.post(
        page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], {"password": PASSWORD}, follow=True
    )
    secret = re.search(r'<code class="code" dir="ltr">(\w+)</code>', page.content.decode())[1]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret
