"""A re-issued certificate takes the place of the old one only when its PDF exists."""

import pytest
from django.urls import reverse

from accounts.models import Email
from accounts.outbox import OutboxState
from certificates import delivery, issuing, pdf_store, privacy, rendering
from certificates.models import Certificate
from certificates.printed_fields import FACTS


@pytest.fixture
def old(amina, ready) -> Certificate:
    certificate = ready(amina)
    Email.objects.all().delete()
    return certificate


@pytest.fixture
def new(old, amina, rosa) -> Certificate:
    """The successor of `old` with a corrected name, without its PDF."""
    amina.name = "Amina Yusuf Hasan"
    amina.save()
    return issuing.reissue(Certificate.objects.get(pk=old.pk), rosa, "Name misspelt")


def standings() -> list[str]:
    return list(Certificate.objects.order_by("pk").values_list("standing", flat=True))


def test_the_old_certificate_stays_valid_until_the_file_of_the_new_one_exists(old, new, rosa, client, amina):
    old.refresh_from_db()
    assert (old.validity, old.standing_reason, new.validity) == ("valid", "", "prepared")
    assert list(Certificate.objects.due()) == [new]
    client.force_login(amina)
    page = client.get(reverse("certificates:mine")).content.decode()
    assert "This one stays valid until the new one is ready." in page
    assert ("data-pending" in page, new.shown_code in page, old.shown_code in page) == (True, False, True)

    assert delivery.deliver(new.pk)
    old, new = Certificate.objects.order_by("pk")
    assert (old.validity, old.standing_reason, old.standing_by) == ("superseded", "Name misspelt", rosa)
    assert (new.validity, new.standing_reason, new.standing_by, new.standing_at) == ("valid", "", None, None)
    assert (old.name, new.name, new.replaces) == ("Amina Yusuf Hassan", "Amina Yusuf Hasan", old)
    assert (new.code == old.code, new.achievement == old.achievement) == (False, True)
    assert [getattr(new, f) for f in FACTS] == [getattr(old, f) for f in FACTS]
    assert [email.kind for email in Email.objects.all()] == ["certificate_ready"]
    assert issuing.issue(amina, None, old.achievement) == new


def test_what_cannot_be_printed_replaces_nothing(old, new, amina, client):
    Certificate.objects.filter(pk=new.pk).update(name="Amina \U0001f600")  # as if the fonts had changed
    assert not delivery.deliver(new.pk)
    new.refresh_from_db()
    assert (standings(), new.state, new.tries) == (["valid", "prepared"], "failed", 1)
    assert [email.kind for email in Email.objects.all()] == ["certificate_not_printed"]
    client.force_login(amina)
    page = client.get(reverse("certificates:mine")).content.decode()
    assert "Valid until" in page
    assert "Change your name in your details, then ask your programme manager" in page


def test_a_name_that_cannot_be_printed_is_refused_before_anything_changes(old, amina):
    amina.name = "Amina \U0001f600"
    amina.save()
    with pytest.raises(issuing.NameNotPrintable) as refused:
        issuing.reissue(Certificate.objects.get(pk=old.pk), None, "Name misspelt")
    assert (refused.value.signs, standings()) == (["\U0001f600"], ["valid"])


def test_a_second_correction_takes_the_place_of_one_that_is_not_ready(old, new, amina):
    amina.name = "Amina Hasan"
    amina.save()
    second = issuing.reissue(Certificate.objects.get(pk=old.pk), None, "Misspelt again")
    assert not delivery.deliver(new.pk)
    assert delivery.deliver(second.pk)
    assert [(row.name, row.standing) for row in Certificate.objects.order_by("pk")] == [
        ("Amina Yusuf Hassan", "superseded"),
        ("Amina Hasan", "valid"),
    ]


@pytest.mark.parametrize("interrupt", ["revoke", "erase"])
def test_revoking_or_erasing_drops_what_is_being_prepared(old, new, amina, rosa, settings, monkeypatch, interrupt):
    """Also while the worker makes its PDF."""
    verbs = {"revoke": lambda: issuing.revoke(old, "Not hers", rosa), "erase": lambda: privacy.erase(amina)}
    render = rendering.render

    def interrupt_and_render(*args, **kwargs):
        verbs[interrupt]()
        return render(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", interrupt_and_render)
    assert not delivery.deliver(new.pk)
    assert standings() == ["revoked" if interrupt == "revoke" else "valid"]
    files = [path.stem for path in settings.CERTIFICATE_ROOT.rglob("*.pdf")]
    assert files == [old.pdf_sha256]  # that of the erasure is deleted by its caller
    assert pdf_store.path_of(old.pdf_sha256).exists()
    assert "certificate_ready" not in Email.objects.values_list("kind", flat=True)


def test_a_failed_successor_can_be_tried_again(new):
    Certificate.objects.filter(pk=new.pk).update(state=OutboxState.FAILED, tries=5)
    assert issuing.try_again(new)
    assert delivery.deliver(new.pk)
    assert standings() == ["superseded", "valid"]
