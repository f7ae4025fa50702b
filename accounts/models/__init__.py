"""People, roles, sessions, the operator of the site, emails, the audit trail, heartbeats and the counters of rate
limits."""

from accounts.models.audit import AuditEntry, Seal
from accounts.models.changes import AccountChange
from accounts.models.email import Email, SendingLease, Urgency
from accounts.models.heartbeat import Heartbeat
from accounts.models.people import (
    Cadre,
    Facility,
    Sex,
    Undeliverable,
    User,
    UserManager,
    check_time_zone,
    new_username,
)
from accounts.models.roles import CountryScope, Role
from accounts.models.session import Session
from accounts.models.site import Operator
from accounts.ratelimit.limiter import Throttle

__all__ = [
    "AccountChange",
    "AuditEntry",
    "Cadre",
    "CountryScope",
    "Email",
    "Facility",
    "Heartbeat",
    "Operator",
    "Role",
    "Seal",
    "SendingLease",
    "Session",
    "Sex",
    "Throttle",
    "Undeliverable",
    "Urgency",
    "User",
    "UserManager",
    "check_time_zone",
    "new_username",
]
