"""Issue certificates during a fault experiment, and afterwards check every row, file and email."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

import pypdf

from tests.faults.experiment import Report
from tests.support.product import Product, wait_for

SHORT_TIMES = {"LEASE_SECONDS": "3", "SWEEP_SECONDS": "1", "TASK_SECONDS": "2", "LOG_LEVEL": "ERROR"}
ISSUE = """
from uuid import uuid4
from accounts.models import User
from certificates.issuing import issue
from tests.certificates.conftest import facts
learner, _ = User.objects.get_or_create(email="amina@example.org", defaults=dict(name="Amina Hassan", country="KE"))
answer = [issue(learner, facts(), uuid4()).pk for _ in range({many})]
"""
UNFINISHED = "SELECT count(*) FROM certificates_certificate WHERE state IN ('pending', 'claimed')"
EMAILS_UNFINISHED = "SELECT count(*) FROM accounts_email WHERE state IN ('pending', 'claimed')"
MAILED_AT_MOST = 2  # twice after a crash between the reply of the mail server and our update of the row


def issue(product: Product, many: int) -> list[int]:
    """Issue this many certificates. Return their primary keys."""
    return product.python(ISSUE.format(many=many))


def all_done(product: Product) -> bool:
    return not product.number(UNFINISHED) and not product.number(EMAILS_UNFINISHED)


def wait_until_done(product: Product, *alive: str) -> None:
    """Wait until no outbox row is unfinished. Restart the processes of `alive` when they die."""

    def nothing_due() -> bool:
        product.revive(*alive)
        return all_done(product)

    try:
        wait_for(nothing_due)
    except AssertionError as error:
        ended = [name for name, process in product.processes.items() if process.poll() is not None]
        waiting = product.number(UNFINISHED), product.number(EMAILS_UNFINISHED)
        raise AssertionError(f"{error}; unfinished {waiting}, ended {ended}\n{product.logs()}") from None


def inspect(product: Product, report: Report, expected: int, mailed_at_most: int = MAILED_AT_MOST) -> None:
    """Add to the report certificates and emails that are missing, doubled, or differ from their row."""
    rows = product.rows(
        "SELECT code, CAST(achievement AS varchar(36)), pdf_sha256, pdf_size, name, course FROM certificates_certificate "
        "WHERE state = 'done'"
    )
    report.acknowledged += expected
    report.lost += expected - len({achievement for _, achievement, *_ in rows})
    report.doubled += len(rows) - len({achievement for _, achievement, *_ in rows})
    report.wrong += sum(not _pdf_matches(product, *row) for row in rows)
    mailed = Counter(message["Message-ID"] for message in product.emails())
    written = product.number("SELECT count(*) FROM accounts_email WHERE kind = 'certificate_ready'")
    report.lost += max(0, expected - written) + written - len(mailed)
    report.doubled += sum(times > mailed_at_most for times in mailed.values())


def _pdf_matches(
    product: Product, code: str, _achievement: str, sha256: str, size: int, name: str, course: str
) -> bool:
    path = product.folder / "certificates" / sha256[:2] / f"{sha256}.pdf"
    stored = path.read_bytes() if path.exists() else b""
    if (hashlib.sha256(stored).hexdigest(), len(stored)) != (sha256, size):
        return False
    text = " ".join(pypdf.PdfReader(io.BytesIO(stored)).pages[0].extract_text().split())
    shown = "-".join(code[at : at + 4] for at in range(0, 16, 4))
    return all(words in text for words in (name, shown, course[:20]))
