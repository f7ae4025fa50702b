"""Lost and damaged files are found. What can be made again is made again, and holders' files still verify."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from accounts.models import AuditEntry
from accounts.site_settings import current_operator
from certificates import pdf_check, pdf_store, rendering, verification
from certificates.models import Certificate
from privacy import requests


def run(**options) -> str:
    out = StringIO()
    try:
        call_command("check_files", stdout=out, **options)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def test_intact_files_are_no_problem(amina, ready, issue):
    ready(amina)
    issue(amina)
    assert run() == "Every file that the database names is there.\n"


@pytest.mark.parametrize(
    ("damage", "kind"), [(Path.unlink, "missing"), (lambda path: path.write_bytes(b"x"), "damaged")]
)
def test_a_lost_pdf_is_printed_again_as_the_same_file(amina, ready, damage, kind):
    certificate = ready(amina)
    path = pdf_store.path_of(certificate.pdf_sha256)
    whole = path.read_bytes()
    damage(path)
    assert run() == f"certificate {certificate.shown_code}: {kind}\n1 files are missing or damaged."
    assert "the same file" in run(repair=True)
    assert path.read_bytes() == whole
    assert "Every file" in run()
    assert not AuditEntry.objects.filter(verb="certificate.reprinted").exists()


@pytest.fixture
def reprinted(amina, ready) -> tuple[Certificate, bytes]:
    """A certificate that was printed again in another colour, and the file that its holder has."""
    certificate = ready(amina)
    path = pdf_store.path_of(certificate.pdf_sha256)
    holders_file = path.read_bytes()
    path.unlink()
    operator = current_operator()
    operator.accent = "#7a1f1f"
    operator.save()
    assert "another file" in run(repair=True)
    certificate.refresh_from_db()
    return certificate, holders_file


def test_another_printing_is_recorded_and_the_holders_file_still_verifies(reprinted):
    certificate, holders_file = reprinted
    ours = pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    assert ours != holders_file
    for content in (ours, holders_file):
        assert verification.file_matches(certificate, SimpleUploadedFile("a.pdf", content))
    assert not verification.file_matches(certificate, SimpleUploadedFile("a.pdf", b"edited"))
    entry = AuditEntry.objects.get(verb="certificate.reprinted")
    assert (entry.object_id, entry.ids) == (str(certificate.pk), {}), "no digest outlives an erasure"


def test_erasure_takes_the_former_digests_too(reprinted, amina):
    from certificates import privacy

    certificate, holders_file = reprinted
    for path in privacy.erase(amina):
        path.unlink()
    certificate.refresh_from_db()
    assert (certificate.pdf_sha256, certificate.former_pdf_sha256s) == ("", "")
    assert not verification.file_matches(certificate, SimpleUploadedFile("a.pdf", holders_file))
    assert pdf_check.reprint(certificate) in (pdf_check.Repair.GONE, pdf_check.Repair.FAILED)


def test_a_certificate_that_cannot_be_printed_again_stays_a_problem(amina, ready, monkeypatch):
    pdf_store.remove(ready(amina).pdf_sha256)

    def refuse(*_args, **_options):
        raise rendering.CannotBePrinted

    monkeypatch.setattr(rendering, "render", refuse)
    assert "cannot be printed again\n1 files are missing" in run(repair=True)


def test_uploaded_files_are_listed_and_lost_renditions_are_forgotten(db):
    document = get_document_model().objects.create(title="Form", file=ContentFile(b"form", "form.pdf"))
    document._set_document_file_metadata()
    document.save()
    image = get_image_model().objects.create(title="A", file=get_test_image_file(), file_hash="")
    rendition = image.get_rendition("width-100")
    Path(document.file.path).write_bytes(b"other")
    Path(rendition.file.path).unlink()
    *problems, end = run().splitlines()
    assert sorted(problems) == sorted([f"{document.file.name}: damaged", f"{rendition.file.name}: missing"])
    assert end == "2 files are missing or damaged."
    assert f"{rendition.file.name}: missing, will be made again" in run(repair=True)
    assert not image.renditions.exists()
    image.get_rendition("width-100")
    assert run().splitlines() == [f"{document.file.name}: damaged", "1 files are missing or damaged."]


def test_a_data_copy_without_its_file_is_listed(amina):
    from privacy import exports

    copy = requests.request_copy(amina)
    exports.make(copy.pk)
    copy.path.unlink()
    assert f"{copy.path.name}: missing" in run()
    exports.make_ready_copies_again()
    assert exports.make(copy.pk)
    assert "Every file" in run()
