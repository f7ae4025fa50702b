"""A certificate that breaks the worker, and a full disk: all other certificates are made (R13, R16)."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.outbox import MAX_TRIES
from tests.faults.conftest import long_control
from tests.faults.experiment import Clock, Report, count
from tests.faults.register import UNFINISHED, inspect, issue, wait_until_done
from tests.support.product import ROOT, Product, wait_for

# Only in production: the embedded worker has threads, which cannot be killed one by one.
pytestmark = pytest.mark.services
MANY = count(30, 100)
TOO_SMALL = 8192  # bytes; a certificate takes about 24,000
NAIVE = "target.write_bytes(pdf)"
CAREFUL = "pdf_store.keep(pdf)"


def poisoned(make, folder: Path, what: str, **environment: str) -> tuple[Product, int]:
    """Return a product with pending certificates, and the key of the one that breaks the worker at each try."""
    product = make(True, **environment)
    poison = issue(product, MANY)[0]
    strikes = folder / "strikes"
    strikes.mkdir()
    (strikes / "always").touch()
    product.environment["FAILPOINT"] = f"certificate rendered#{poison}={what}:{strikes}"
    return product.start("worker", "beat"), poison


@pytest.mark.parametrize("what", ["exit", "hang", "swell"])
def test_a_certificate_that_breaks_the_worker_fails_and_the_others_are_made(make, tmp_path, what):
    report = Report(f"R13 a certificate that makes it {what}", note=f"1 of {MANY} failed after {MAX_TRIES} tries")
    product, poison = poisoned(make, tmp_path, what, WORKER_MEMORY_MB="400")
    since = Clock()
    wait_for(lambda: product.number(f"{UNFINISHED} AND id <> %s", poison) == 0)
    report.recovery.append(since())
    wait_for(lambda: product.rows("SELECT state FROM certificates_certificate WHERE id = %s", poison) == [("failed",)])
    [(tries, done_at)] = product.rows("SELECT tries, done_at FROM certificates_certificate WHERE id = %s", poison)
    assert (tries, done_at) == (MAX_TRIES, None)
    report.faults = tries
    wait_until_done(product)
    inspect(product, report, MANY - 1)
    assert report.holds()


@long_control
def test_control_without_the_time_limit_one_hanging_certificate_stops_the_worker(make, tmp_path):
    product, poison = poisoned(make, tmp_path, "hang", TASK_SECONDS="600")
    tries = "SELECT tries FROM certificates_certificate WHERE id = %s"
    wait_for(lambda: product.number(tries, poison) == 2)  # both child processes of the worker hang now
    issue(product, 1)
    with pytest.raises(AssertionError, match="not within"):
        wait_for(lambda: product.number(f"{UNFINISHED} AND id <> %s", poison) == 0, 5)


def limit_files(product: Product, most: int) -> None:
    """Limit the size of files that the processes of the worker can write."""
    worker = product.processes["worker"].pid
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    for pid in (worker, *map(int, children)):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def test_on_a_full_disk_no_partial_file_remains_and_all_are_made_once_there_is_room(make):
    report = Report("R16 disk full", faults=1)
    product = make(True, LEASE_SECONDS="4").start("worker", "beat")
    issue(product, 1)
    wait_until_done(product)
    limit_files(product, TOO_SMALL)
    many = count(10, 50)
    issue(product, many)
    failed = "SELECT count(*) FROM certificates_certificate WHERE last_error LIKE 'OSError%%'"
    wait_for(lambda: product.number(failed) == many)
    paths = [path for path in (product.folder / "certificates").rglob("*") if path.is_file()]
    assert len(paths) == 1, "one complete file, and no draft"
    assert product.number(UNFINISHED) == many
    limit_files(product, resource.RLIM_INFINITY)
    since = Clock()
    wait_until_done(product)
    report.recovery.append(since())
    inspect(product, report, many + 1, mailed_at_most=1)
    assert report.holds()


@pytest.mark.parametrize(("how", "left"), [(CAREFUL, []), (NAIVE, [TOO_SMALL])], ids=["as we do", "negative control"])
def test_control_without_a_temporary_file_a_partial_file_remains(product_settings, tmp_path, how, left):
    code = (
        "import django, pathlib, resource; django.setup(); from certificates import pdf_store\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({TOO_SMALL}, {TOO_SMALL}))\n"
        f"pdf, target = b'x' * 30000, pathlib.Path({str(tmp_path)!r}) / 'half.pdf'\n"
        f"try:\n    {how}\nexcept OSError:\n    print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=product_settings, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "refused"
    assert [path.stat().st_size for path in tmp_path.rglob("*.p*") if path.is_file()] == left
