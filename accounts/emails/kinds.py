"""The kinds of emails: how urgent each is, and whether a person may switch it off.

The name of a kind is that of its templates, templates/emails/<name>.*. Nobody can switch off an email that they need: how
they sign in, a correction of safety, a certificate, a mark, what happens to their data.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Urgency

URGENT, NORMAL, BULK = Urgency.URGENT, Urgency.NORMAL, Urgency.BULK


@dataclass(frozen=True)
class EmailKind:
    label: str | Promise  # for administrators
    urgency: Urgency
    optional: bool = False  # only a bulk email: it has a List-Unsubscribe header


KINDS = {
    # Somebody waits for it in front of a page, or has to act before a thief does.
    "email_confirmation": EmailKind(_("Confirm a new address"), URGENT),
    "email_confirmation_signup": EmailKind(_("Confirm the address of a new account"), URGENT),
    "invitation": EmailKind(_("Account made for somebody"), URGENT),
    "password_reset_key": EmailKind(_("Link for a new password"), URGENT),
    "account_already_exists": EmailKind(_("Sign-up with a known address"), URGENT),
    "unknown_account": EmailKind(_("New password for an unknown address"), URGENT),
    "account_changed": EmailKind(_("Sign-in settings changed"), URGENT),
    "powers_given": EmailKind(_("Somebody was given rights"), URGENT),
    "test_email": EmailKind(_("Test of the mail server"), URGENT),
    # About one person, and nobody waits. One regrade may cause thousands of certificates, so they are not urgent.
    "certificate_ready": EmailKind(_("Certificate ready"), NORMAL),
    "certificate_not_printed": EmailKind(_("Certificate not printed"), NORMAL),
    "certificate_revoked": EmailKind(_("Certificate revoked"), NORMAL),
    "marked": EmailKind(_("Test marked"), NORMAL),
    "data_copy_ready": EmailKind(_("Copy of data ready"), NORMAL),
    "erasure_asked": EmailKind(_("Erasure requested"), NORMAL),
    "problem_answered": EmailKind(_("Problem report answered"), NORMAL),
    "problem_reports": EmailKind(_("Problem reports, for trainers"), NORMAL),
    # To everybody who takes a course or a test.
    "release_correction": EmailKind(_("Correction of safety"), BULK),
    "regraded": EmailKind(_("Test regraded"), BULK),
    "release_required": EmailKind(_("Steps of a course changed"), BULK, optional=True),
}
UNLISTED = EmailKind("", NORMAL)


def kind_of(name: str) -> EmailKind:
    return KINDS.get(name, UNLISTED)
