"""Sessions of visitors are small, short and limited, and a person's sessions are found by an index."""

import dataclasses
import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import retention, sessions
from accounts.models import Session
from accounts.ratelimit import limits
from accounts.sessions import SessionStore
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD

JOIN = "00000000-0000-4000-8000-000000000001"
SIGN_UP = {"password1": PASSWORD, "name": "X", "country": "KE", "language": "en", "time_zone": "UTC"}


def post_signed_out(client, text: str = "A thought."):
    return client.post(reverse("join", args=[JOIN]), {"note": text}, headers={"sec-fetch-mode": "navigate"})


@pytest.mark.django_db
class TestVisitors:
    @pytest.fixture(autouse=True)
    def site(self, db):
        factories.home()

    def test_a_session_of_a_visitor_lasts_an_hour(self, client):
        post_signed_out(client)
        row = Session.objects.get()
        assert row.user is None
        assert row.expire_date <= timezone.now() + sessions.VISITOR_AGE

    def test_a_long_arabic_text_is_kept_and_noise_of_the_same_length_is_not(self, client):
        words = ["العلاج", "المريض", "الرعاية", "جرعة", "تقييم", "أعراض", "الانسحاب", "خطة", "متابعة", "أسرة"]
        rng = random.Random(1)
        text = " ".join(f"{rng.choice(words)}{rng.choice('ةهينات')}" for _ in range(1500))[:10_000]
        post_signed_out(client, text)
        assert "form_sent_signed_out" in client.session
        noise = Client()
        post_signed_out(noise, rng.randbytes(22_500).hex())
        assert Session.objects.filter(user=None).count() == 1

    def test_a_session_that_grows_too_large_starts_anew(self):
        store = SessionStore()
        store["x"] = random.Random(1).randbytes(20_000).hex()
        store.save()
        assert (SessionStore(store.session_key).load(), len(Session.objects.get().session_data) < 100) == ({}, True)

    def test_one_network_keeps_a_limited_number_of_forms_and_sessions(self, monkeypatch):
        monkeypatch.setattr(limits, "SAVED_FORMS", dataclasses.replace(limits.SAVED_FORMS, free=2))
        assert [post_signed_out(Client()).status_code for _ in range(4)] == [302] * 4
        assert Session.objects.count() == 2
        monkeypatch.setattr(limits, "VISITOR_SESSIONS", dataclasses.replace(limits.VISITOR_SESSIONS, free=4))
        forms = [SIGN_UP | {"email": f"p{number}@example.org"} for number in range(4)]
        assert [Client().post(reverse("account_signup"), form).status_code for form in forms] == [302, 302, 429, 429]
        assert Session.objects.count() == 4

    def test_expired_sessions_are_deleted(self, client):
        post_signed_out(client)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        retention.tidy()
        assert not Session.objects.exists()


@pytest.mark.django_db
class TestAPersonsSessions:
    def test_every_kind_of_session_is_found(self, amina):
        factories.home()
        secret = phone.set_up(Client(), amina)
        half_signed_in, known_address, stranger = Client(), Client(), Client()
        phone.sign_in(half_signed_in, amina)  # and no code yet
        known_address.post(reverse("account_signup"), SIGN_UP | {"email": amina.email})
        post_signed_out(stranger)
        assert (bool(secret), Session.objects.count()) == (True, 4)
        sessions.end(amina)
        sessions.end_sign_ups([amina.email])
        assert Session.objects.get().session_key == stranger.session.session_key

    def test_ending_them_costs_the_same_however_many_there_are(self, amina, baraka):
        counts = []
        for others in (1, 30):
            for _ in range(others):
                Client().force_login(baraka)
            Client().force_login(amina)
            with CaptureQueriesContext(connection) as queries:
                sessions.end(amina)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert Session.objects.filter(user=baraka).count() == 31

    def test_an_erased_persons_request_does_not_bring_the_session_back(self, client, amina):
        client.force_login(amina)
        store = SessionStore(client.session.session_key)
        store["typed"] = "later"
        amina.delete()
        with pytest.raises(sessions.UpdateError):
            store.save()
        assert not Session.objects.exists()
