"""Sessions, as rows that name the person they belong to."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User


class Session(AbstractBaseSession):
    """One browser's session. Written by accounts.sessions.SessionStore, which Django's middleware uses.

    `user` is who has signed in, or who is signing in and still has to confirm an address or enter a code. A session of
    a sign-up with an address that has an account belongs to nobody; `email_hash` is then the keyed hash of the address.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    email_hash = models.CharField(max_length=64, blank=True, db_index=True)

    @classmethod
    def get_session_store_class(cls):
        return import_module(settings.SESSION_ENGINE).SessionStore
