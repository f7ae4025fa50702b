"""Which pages keep a session for somebody who has not signed in. What they keep: tests/accounts/test_sessions.py."""

import pytest

from accounts.models import Session
from tests.access import policy
from tests.access.addresses import address, query_for
from tests.access.forms import form_data
from tests.access.matrix import db, matrix, variants_of  # noqa: F401
from tests.access.people import ANONYMOUS
from tests.access.requests import rolled_back
from tests.support.people import PASSWORD

SIGN_UP = {
    "email": "new@example.org",
    "password1": PASSWORD,
    "name": "X",
    "country": "KE",
    "language": "en",
    "time_zone": "UTC",
}
# A sign-up, which may send a hundred emails an hour from one network, and a page that needs a link from an email.
KEEP_A_SESSION = {"account_signup", "account_reset_password_from_key"}


@pytest.mark.deep
@pytest.mark.once
def test_no_other_page_keeps_a_session_for_a_visitor(matrix):  # noqa: F811
    """Forms that a person sent signed out are kept too, but only those: here each form is sent as a script would."""
    visitor, keep = matrix.visitor(ANONYMOUS), set()
    visitor.client.defaults["HTTP_SEC_FETCH_MODE"] = "cors"
    for key, rule in policy.RULES.items():
        for variant in variants_of(rule):
            path = address(matrix.url_patterns[key], matrix.world, variant)
            form = SIGN_UP if key == "account_signup" else form_data(key, matrix.world)
            for method, data in (("GET", query_for(key, matrix.world)), ("POST", form)):
                visitor.reset()
                with rolled_back():
                    before = Session.objects.count()
                    visitor.request(method, path, data)
                    if Session.objects.count() > before:
                        keep.add(key)
    assert keep == KEEP_A_SESSION
