"""What the accounts app and the sign-in libraries keep about people, and how it is erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _
from wagtail.users.models import UserProfile

from accounts import privacy_register, sessions
from accounts.models import Email, User
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register

YOU = _("You")
NOBODY = _("Nobody")
UNTIL_ERASED = _("Until you have your data erased")

ACCOUNT = Purpose(
    _("Name, email address, country, language, time zone, when you signed up and last signed in"),
    _("To sign you in, email you and print your certificate"),
    _(
        "You and the administrators. Programme managers for your country see your name, email address and country;"
        " trainers and reviewers for your country see your name. Whoever has the code of your certificate sees the name"
        " on it."
    ),
    UNTIL_ERASED,
)
WORK = Purpose(
    _("Work, facility, licence number, sex"),
    _("For the reports of your programme, and only if you enter them"),
    _("You and the administrators. Programme managers for your country see your work and facility beside your name."),
    UNTIL_ERASED,
)
SIGNING_IN = Purpose(
    _("Your password and your key for two-step sign-in, both protected; where you are signed in; failed sign-ins"),
    _("So that nobody else can use your account"),
    NOBODY,
    _(
        "Where you are signed in: at most 14 days after your last visit; a sign-up that was not finished: one hour; how"
        " often somebody tried to sign in, and asked for an email or a copy: at most two days; the rest: until you have"
        " your data erased"
    ),
)
CHANGES = Purpose(
    _("Changes of your email address, password or two-step sign-in, with your address and protected key before them"),
    _("So that you can undo a change that was not yours"),
    NOBODY,
    _("7 days"),
)
EMAILS = Purpose(
    _("The emails we sent you"),
    _("To send each email only once, and again if sending failed"),
    _("Nobody sees what they say. The administrators see when each was sent, to which address, and why it failed."),
    _("90 days after they were sent"),
)
REACHED = Purpose(
    _("Whether emails reach you, and whether you want those about changes of your courses"),
    _("To tell you when emails to you do not arrive, and to send you only those you want"),
    YOU,
    UNTIL_ERASED,
)
STAFF = Purpose(
    _("Your role and your picture, if you are staff, and your settings in the staff area"),
    _("So that only those who need it see other people’s records"),
    _("You, and the administrators. All staff see your picture."),
    UNTIL_ERASED,
)
TRAIL = Purpose(
    _("Which member of staff did what to whose records, as numbers without names"),
    _("So that staff are accountable when they open other people’s records"),
    _("The administrators"),
    _("As long as the site runs; once your data is erased, the numbers no longer identify you"),
)

REGISTER = Register(
    models=(
        ModelPrivacy(
            "accounts.Email",
            (
                PersonalFields(
                    "user",
                    EMAILS,
                    OnErasure.DELETED,
                    "user to kind language subject dedupe_key message_id written_at done_at",
                    withheld="text html last_error",  # the texts hold links that open accounts
                ),
            ),
            "id state due_at claimed_until tries urgency unconfirmed",
        ),
        ModelPrivacy(
            "accounts.AccountChange",
            (
                PersonalFields(
                    "user",
                    CHANGES,
                    OnErasure.DELETED,
                    "user kind at address expires_at undone_at",
                    withheld="second_steps uuid",
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "accounts.CountryScope", (PersonalFields("user", STAFF, OnErasure.DELETED, "user role country"),), "id"
        ),
        ModelPrivacy(
            "mfa.Authenticator",
            (
                PersonalFields(
                    "user", SIGNING_IN, OnErasure.DELETED, "user type created_at last_used_at", withheld="data"
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "account.EmailConfirmation",
            (
                PersonalFields(
                    "email_address__user", SIGNING_IN, OnErasure.DELETED, "email_address created sent", withheld="key"
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "account.EmailAddress",
            (PersonalFields("user", ACCOUNT, OnErasure.DELETED, "user email verified primary"),),
            "id",
        ),
        # Sign-ups with an address of the person belong to nobody; erase() ends them by the hash of the address.
        ModelPrivacy(
            "accounts.Session",
            (
                PersonalFields(
                    "user",
                    SIGNING_IN,
                    OnErasure.DELETED,
                    withheld="user email_hash session_key session_data expire_date",
                ),
            ),
        ),
        # A keyed hash of an account or network address, deleted within two days of the last try; it identifies nobody.
        ModelPrivacy(
            "accounts.Throttle",
            (PersonalFields("", SIGNING_IN, OnErasure.KEPT, withheld="key"),),
            "tries blocked_until forget_at",
        ),
        ModelPrivacy(
            "wagtailusers.UserProfile",
            (
                PersonalFields(
                    "user",
                    STAFF,
                    OnErasure.DELETED,
                    "user submitted_notifications approved_notifications rejected_notifications "
                    "updated_comments_notifications preferred_language current_time_zone avatar dismissibles theme "
                    "contrast density keyboard_shortcuts",
                ),
            ),
            "id",
        ),
        ModelPrivacy(
            "accounts.AuditEntry",
            (
                PersonalFields("actor:uuid", TRAIL, OnErasure.KEPT, "actor at verb"),
                PersonalFields("object_id:uuid", TRAIL, OnErasure.KEPT, "object_id at verb"),
            ),
            "id object_type ids seal",
        ),
        # Last, since the others point to it. The row of somebody who confirmed statement texts stays, without a name.
        ModelPrivacy(
            "accounts.User",
            (
                PersonalFields(
                    "pk",
                    ACCOUNT,
                    OnErasure.DELETED,
                    "uuid username email name language country time_zone is_active is_superuser last_login date_joined groups "
                    "user_permissions",
                    withheld="password",
                ),
                PersonalFields(
                    "pk",
                    WORK,
                    OnErasure.DELETED,
                    "cadre facility licence_number sex",
                ),
                PersonalFields(
                    "pk",
                    REACHED,
                    OnErasure.DELETED,
                    "course_emails undeliverable_address undeliverable_how undeliverable_reason undeliverable_since",
                ),
            ),
            "id",
        ),
        ModelPrivacy("accounts.SendingLease", (), "id held_until next_bulk_at"),
        ModelPrivacy("accounts.Seal", (), "number count previous digest at"),
        ModelPrivacy("accounts.Heartbeat", (), "id process host at"),
        ModelPrivacy("accounts.Facility", (), "id name country region"),
        ModelPrivacy("accounts.Operator", (), "id site name site_name logo accent accent_dark contact"),
        ModelPrivacy("auth.Group", (), "id name permissions"),
        ModelPrivacy("auth.Permission", (), "id name content_type codename"),
        ModelPrivacy("contenttypes.ContentType", (), "id app_label model"),
    ),
    tasks={
        "accounts.emails.tasks.deliver_email": "pk",
        "accounts.emails.tasks.send_waiting": "",
        "accounts.emails.tasks.read_bounces": "",
        "accounts.tasks.sweep": "",
        "accounts.tasks.seal": "",
        "accounts.tasks.verify": "",
        "accounts.tasks.tidy": "",
    },
    caches={"audit:verdict": "numbers of seals"},
    cookies={
        "sessionid": _("A random number that keeps you signed in, for 14 days."),
        "csrftoken": _("A random number that protects forms from other sites, for a year."),
        "messages": _("A sentence for the next page, such as “Saved”, until it is shown."),
        # Wagtail's script sets it.
        "wagtail_sidebar_collapsed": _(
            "For staff only: whether the menu of the staff area is folded, until the browser is closed."
        ),
    },
    tables={
        "django_cache": "what is declared as cache keys",
        "django_migrations": "names of migrations",
    },
    folders={
        "EMAIL_FILE_PATH": "the emails of the sample installation, which has no mail server; never used in production"
    },
)


def erase(person: User) -> list[Path]:
    """Erase the person's rows in this app, in the caller's transaction. Return the files to remove: their avatars.

    If protected rows point to the person, their row is not deleted but stays without personal data.
    """
    avatars = [Path(row.avatar.path) for row in UserProfile.objects.filter(user=person) if row.avatar]
    # Some emails have no user, such as one written to an address before it had an account.
    addresses = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    all_addresses = {person.email, *addresses} - {""}
    sessions.end_sign_ups(all_addresses)
    Email.objects.everybody("emails with an address and no user").filter(to__in=all_addresses).delete()
    privacy_register.erase(REGISTER, person)
    try:
        person.delete()
    except ProtectedError:
        _clear_personal_fields(person)
    return avatars


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Yield (name in the copy, file) for each file that the person uploaded."""
    for row in UserProfile.objects.filter(user=person):
        if row.avatar:
            yield f"picture/{Path(row.avatar.name).name}", Path(row.avatar.path)


def _clear_personal_fields(person: User) -> None:
    """Replace all personal data in the row with defaults. Confirmations of statement texts still point to the row."""
    person.groups.clear()
    person.user_permissions.clear()
    nobody = User()
    nobody.set_unusable_password()
    names = [field.name for field in User._meta.concrete_fields if field.name != "id"]
    defaults = {name: getattr(nobody, name) for name in names}
    User.objects.filter(pk=person.pk).update(
        **(defaults | {"is_active": False, "is_superuser": False, "last_login": None})
    )
