"""One certificate that breaks the worker, and a disk that takes no more: everybody else's is made (R13, R16)."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.outbox import MAX_TRIES
from tests.faults.experiment import Clock, Report, count
from tests.faults.register import UNFINISHED, inspect, issue, wait_until_done
from tests.support.product import ROOT, Product, wait_for

# The embedded worker is threads of one process, which nobody can end one by one: these are promises of production.
pytestmark = pytest.mark.services
MANY = count(30, 100)
TOO_SMALL = 8192  # bytes; a certificate takes about 24,000
NAIVE = "target.write_bytes(pdf)"
CAREFUL = "pdf_store.keep(pdf)"


def poisoned(make, folder: Path, what: str, **environment: str) -> tuple[Product, int]:
    """A product that owes some certificates, the first of which breaks its printer each time; and the key of that one."""
    product = make(True, **environment)
    poison = issue(product, MANY)[0]
    strikes = folder / "strikes"
    strikes.mkdir()
    (strikes / "always").touch()
    product.environment["FAILPOINT"] = f"certificate rendered#{poison}={what}:{strikes}"
    return product.start("worker", "beat"), poison


@pytest.mark.parametrize("what", ["exit", "hang", "swell"])
def test_one_that_breaks_the_worker_is_given_up_and_the_others_are_made(make, tmp_path, what):
    report = Report(f"R13 a certificate that makes it {what}", note=f"1 of {MANY} given up after {MAX_TRIES} tries")
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


def test_without_the_time_limit_one_that_hangs_stops_the_whole_worker(make, tmp_path):
    """The negative control."""
    product, poison = poisoned(make, tmp_path, "hang", TASK_SECONDS="600")
    tries = "SELECT tries FROM certificates_certificate WHERE id = %s"
    wait_for(lambda: product.number(tries, poison) == 2)  # it holds both of the worker's children now
    issue(product, 1)
    with pytest.raises(AssertionError, match="not within"):
        wait_for(lambda: product.number(f"{UNFINISHED} AND id <> %s", poison) == 0, 5)


def limit_files(product: Product, most: int) -> None:
    """Let no process of the worker write a file longer than this."""
    worker = product.processes["worker"].pid
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    for pid in (worker, *map(int, children)):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def test_on_a_full_disk_no_half_file_is_kept_and_all_are_made_when_there_is_room(make):
    report = Report("R16 disk full", faults=1)
    product = make(True, LEASE_SECONDS="4").start("worker", "beat")
    issue(product, 1)
    wait_until_done(product)
    limit_files(product, TOO_SMALL)
    many = count(10, 50)
    issue(product, many)
    failed = "SELECT count(*) FROM certificates_certificate WHERE last_error LIKE 'OSError%%'"
    wait_for(lambda: product.number(failed) == many)
    found = [path for path in (product.folder / "certificates").rglob("*") if path.is_file()]
    assert len(found) == 1, "whole, or not there; and no draft left behind"
    assert product.number(UNFINISHED) == many
    limit_files(product, resource.RLIM_INFINITY)
    since = Clock()
    wait_until_done(product)
    report.recovery.append(since())
    inspect(product, report, many + 1, mailed_at_most=1)
    assert report.holds()


@pytest.mark.parametrize(("how", "left"), [(CAREFUL, []), (NAIVE, [TOO_SMALL])], ids=["as we do", "negative control"])
def test_written_straight_to_its_place_a_file_would_be_left_half(product_settings, tmp_path, how, left):
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
