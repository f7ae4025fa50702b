"""Backups have their name when they are complete, say what is missing, and old ones are removed."""

import os
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from wagtail.documents import get_document_model

from accounts.models import AuditEntry, Session
from certificates import pdf_store
from elearning.backups import archive, last_backup, make, postgresql, stored_files
from elearning.backups.databases import DatabaseProblem


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "backups"
    path.mkdir()
    return path


def back_up(target, **options) -> str:
    out = StringIO()
    call_command("backup", str(target), stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_backup_has_all_tables_and_every_file_that_a_row_names(folder, amina, ready, client):
    client.force_login(amina)
    certificate = ready(amina)
    document = get_document_model().objects.create(title="Form", file=ContentFile(b"form", "form.pdf"))
    Path(stored_files.path_of("media/orphan.txt")).write_text("no row names it")
    assert last_backup() is None
    output = back_up(folder)
    (path,) = folder.iterdir()
    assert (stat.S_IMODE(path.stat().st_mode), f"{path} is complete" in output) == (0o600, True)
    content = archive.verify(path)
    assert {name for name in content.files if name.startswith(archive.FOLDERS)} == {
        f"certificates/{certificate.pdf_sha256[:2]}/{certificate.pdf_sha256}.pdf",
        f"media/{document.file.name}",
    }
    assert content.tables["certificates_certificate"].rows == 1
    assert Session.objects.exists() and content.tables["accounts_session"].rows == 0
    assert last_backup() == AuditEntry.objects.get(verb="backup.made").at


@pytest.mark.django_db(transaction=True)
def test_a_missing_file_is_named_and_one_of_somebody_erased_meanwhile_is_not(folder, amina, baraka, ready, monkeypatch):
    lost, erased = ready(amina), ready(baraka)
    for certificate in (lost, erased):
        pdf_store.remove(certificate.pdf_sha256)
    monkeypatch.setattr(stored_files.StoredFile, "is_still_named", lambda stored: stored.value == lost.pdf_sha256)
    with pytest.raises(CommandError, match=f"1 files are missing or damaged(.|\n)*{lost.pdf_sha256}"):
        back_up(folder)
    assert [len(archive.verify(path).missing) for path in folder.iterdir()] == [1]


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(folder, monkeypatch):
    monkeypatch.setattr(archive, "verify", lambda path: (_ for _ in ()).throw(archive.BadArchive("It is damaged.")))
    with pytest.raises(CommandError, match=r"No backup was made. It is damaged\."):
        back_up(folder)
    assert (list(folder.iterdir()), last_backup()) == ([], None)


@pytest.mark.once
class TestTargets:
    @pytest.mark.parametrize("name", ["backup.zip", "nowhere/backup.tar.gz", "old.tar.gz"])
    def test_refused(self, folder, name):
        (folder / "old.tar.gz").touch()
        with pytest.raises(make.BackupProblem):
            make.make(folder / name)

    @pytest.mark.parametrize("options", [{"keep": 0}, {"keep": 2, "file": True}])
    def test_keeping_needs_a_folder_and_a_number(self, folder, options):
        target = folder / "new.tar.gz" if options.pop("file", False) else folder
        with pytest.raises(CommandError, match=r"--keep needs a number|There is no folder"):
            back_up(target, **options)

    def test_the_newest_complete_ones_are_kept(self, folder):
        names = [f"plumbline-2026112{day}T000000Z-1.0.0.tar.gz" for day in range(4)]
        for name in [*names, "other.tar.gz"]:
            (folder / name).touch()
        (folder / ".plumbline-20261129T000000Z-1.0.0.tar.gz.part").mkdir()
        make.keep_newest(folder, 2)
        assert sorted(path.name for path in folder.glob("[!.]*")) == ["other.tar.gz", *names[2:]]
        make.keep_newest(folder, 0)
        assert (folder / names[3]).exists()

    def test_what_a_killed_backup_left_is_removed_after_a_day(self, folder):
        old, new = (folder / f".plumbline-{name}.tar.gz.part" for name in ("old", "new"))
        for draft in (old, new):
            draft.mkdir()
            (draft / "archive").touch()
        os.utime(old, (0, 0))
        make.remove_abandoned(folder)
        assert list(folder.iterdir()) == [new]


@pytest.mark.once
class TestTools:
    @pytest.mark.parametrize(
        ("tool", "server", "restoring", "fits"),
        [
            (15, 15, False, True),
            (16, 15, False, True),
            (14, 15, False, False),
            (16, 15, True, True),
            (17, 16, True, False),
        ],
    )
    def test_the_client_must_fit_the_server(self, monkeypatch, tool, server, restoring, fits):
        monkeypatch.setattr(postgresql, "tool_version", lambda _name: tool)
        if fits:
            postgresql.check_versions(server, restoring=restoring)
            return
        with pytest.raises(DatabaseProblem, match=f"Install the PostgreSQL client {server}"):
            postgresql.check_versions(server, restoring=restoring)

    def test_a_missing_tool_is_named(self):
        with pytest.raises(DatabaseProblem, match="pg_dunp is not installed"):
            postgresql.tool_version("pg_dunp")
