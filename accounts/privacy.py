"""What the accounts app and the sign-in libraries keep about people, and how it is erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _
from wagtail.users.models import UserProfile

from accounts import privacy_register
from accounts.models import Email, User
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose, Register

YOU = _("You")
YOUR_MANAGERS = _("You, and the programme managers of your country")
NOBODY = _("Nobody")
UNTIL_ERASED = _("Until you have your data erased")

ACCOUNT = Purpose(
    _("Name, email address, country, language, time zone"),
    _("To sign you in, email you and print your certificate"),
    YOUR_MANAGERS,
    UNTIL_ERASED,
)
WORK = Purpose(
    _("Work, facility, licence number, sex"),
    _("For reports that name nobody, and only if you enter them"),
    YOUR_MANAGERS,
    UNTIL_ERASED,
)
SIGNING_IN = Purpose(
    _("Your password and your key for two-step sign-in, both protected; where you are signed in; failed sign-ins"),
    _("So that nobody else can use your account"),
    NOBODY,
    _(
        "Where you are signed in: 14 days after your last visit; failed sign-ins: one day; the rest: until you have"
        " your data erased"
    ),
)
EMAILS = Purpose(
    _("The emails we sent you"),
    _("To send each email only once, and again if sending failed"),
    NOBODY,
    _("90 days after they were sent"),
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
                    "user to kind language subject text html dedupe_key message_id done_at",
                    withheld="last_error",
                ),
            ),
            "id state due_at claimed_until tries",
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
        # No lookup finds these: the person's id is inside the encoded data, so end_sessions() reads each session.
        ModelPrivacy(
            "sessions.Session",
            (PersonalFields("", SIGNING_IN, OnErasure.DELETED, withheld="session_key session_data expire_date"),),
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
            ),
            "id",
        ),
        ModelPrivacy("accounts.Seal", (), "number count previous digest at"),
        ModelPrivacy("accounts.Facility", (), "id name country region"),
        ModelPrivacy("accounts.Operator", (), "id site name site_name logo accent accent_dark contact"),
        ModelPrivacy("auth.Group", (), "id name permissions"),
        ModelPrivacy("auth.Permission", (), "id name content_type codename"),
        ModelPrivacy("contenttypes.ContentType", (), "id app_label model"),
    ),
    tasks={
        "accounts.emails.tasks.deliver_email": "pk",
        "accounts.tasks.sweep": "",
        "accounts.tasks.seal": "",
        "accounts.tasks.verify": "",
        "accounts.tasks.tidy": "",
    },
    caches={"audit:verdict": "numbers of seals"},
    cookies={
        "sessionid": "a random number; what belongs to it is a session, 14 days",
        "csrftoken": "a random number against forged forms, a year",
        "messages": "a sentence for the next page, gone when it is shown",
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
    end_sessions(person)
    # Some emails have no user, such as one written to an address before it had an account.
    addresses = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    all_addresses = {person.email, *addresses} - {""}
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


def end_sessions(person: User) -> None:
    """Delete every session of this person or with their email address in it. Reads sessions in batches."""
    keys = []
    for session in Session.objects.iterator(500):
        data = session.get_decoded()
        contains_address = bool(person.email) and person.email in str(data)
        if data.get(SESSION_KEY) == str(person.pk) or contains_address:
            keys.append(session.pk)
    Session.objects.filter(pk__in=keys).delete()


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
