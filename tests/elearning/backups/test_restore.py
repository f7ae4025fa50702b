"""An archive is restored into an empty database only, and afterwards nobody is back and nothing is sent twice."""

from io import StringIO
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.emails import held, outgoing
from accounts.emails.delivery import deliver_email
from accounts.models import AuditEntry, Email, User
from accounts.outbox import OutboxState
from certificates import pdf_store
from certificates.models import Certificate
from elearning.backups import engines, make, restore
from elearning.backups.databases import Engine
from elearning.management.commands import restore as command
from privacy import erasure


def run(path, **options) -> str:
    out = StringIO()
    call_command("restore", str(path), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def moved(settings, tmp_path):
    """A function that gives the installation empty folders, as on another machine."""

    def move() -> None:
        settings.CERTIFICATE_ROOT, settings.MEDIA_ROOT = tmp_path / "new/certificates", tmp_path / "new/media"
        settings.ERASURE_LOG = tmp_path / "new/erasures.log"

    return move


@pytest.fixture
def site(transactional_db, tmp_path, amina, baraka, mona, ready, issue):
    """An installation with a finished and a waiting certificate and a waiting email, and its backup."""
    finished, waiting = ready(amina), issue(mona)
    outgoing.send("erasure_asked", mona.email, {}, key="waiting", user=mona)
    deliver_email(Email.objects.get(kind="certificate_ready").pk)
    folder = tmp_path / "backups"
    folder.mkdir()
    backup = make.make(folder)
    mail.outbox.clear()
    return SimpleNamespace(path=backup.path, finished=finished, waiting=waiting, amina=amina, baraka=baraka, mona=mona)


def test_a_restored_installation_is_as_it_was(site, empty_database, moved, settings):
    settings.ERASURE_LOG.write_text(f"2026-11-28T00:00:00Z {site.baraka.uuid}\n")  # erased after the backup
    log = settings.ERASURE_LOG
    moved()
    settings.ERASURE_LOG = log
    with empty_database():
        output = run(site.path)
        assert {person.email for person in User.objects.all()} == {site.amina.email, site.mona.email}
        certificate = Certificate.objects.everybody("test").get(code=site.finished.code)
        assert certificate.pdf_sha256 == site.finished.pdf_sha256
        assert pdf_store.path_of(certificate.pdf_sha256).exists()
        waiting = Certificate.objects.everybody("test").get(code=site.waiting.code)
        assert waiting.state == OutboxState.DONE, "what waited is done"
        # Of three emails, one was sent before the backup. The others may have been sent since, so nothing is sent now.
        assert {email.kind for email in held.emails()} == {"erasure_asked", "certificate_ready"}
        assert (Email.objects.everybody("test").count(), mail.outbox) == (3, [])
        assert AuditEntry.objects.filter(verb="backup.restored").count() == 1
        held.emails().requeue()
        for pk in list(Email.objects.due().values_list("pk", flat=True)):
            deliver_email(pk)
        assert len(mail.outbox) == 2, "held emails are not lost"
    assert "1 people were erased again" in output
    assert "2 emails are held" in output
    assert "Every file that the database names is there." in output


@pytest.mark.deep
def test_on_demand_waiting_emails_are_not_held_and_the_log_of_the_archive_counts(site, empty_database, moved, settings):
    erasure.append_to_log([f"2026-11-28T00:00:00Z {site.baraka.uuid}"])
    path = make.make(site.path.parent / "second.tar.gz").path
    moved()
    with empty_database():
        output = run(path, send_waiting=True)
        assert not held.emails().exists()
        assert Email.objects.due().count() == 2
        assert not User.objects.filter(uuid=site.baraka.uuid).exists()
    assert "0 emails are held" in output
    assert str(site.baraka.uuid) in settings.ERASURE_LOG.read_text(), "the next backup has it too"


def test_a_database_with_tables_is_refused(site):
    with pytest.raises(CommandError, match=r"not empty: \d+ tables with [\d,]+ rows. Nothing was changed"):
        run(site.path)


def test_control_a_row_that_is_lost_while_loading_is_noticed(site, empty_database, moved, monkeypatch):
    moved()
    engine = type(engines.current())
    load = engine.load

    def load_and_lose(self, dump):
        load(self, dump)
        Email.objects.everybody("test").filter(kind="certificate_ready").delete()

    monkeypatch.setattr(engine, "load", load_and_lose)
    with empty_database(), pytest.raises(CommandError, match="1 tables differ from the manifest, first accounts_email"):
        run(site.path)


@pytest.fixture
def unused(monkeypatch):
    """The database counts as empty, so that the checks after that one are reached."""
    monkeypatch.setattr(Engine, "check_unused", lambda self: None)
    monkeypatch.setattr(type(engines.current()), "check_unused", lambda self: None)


@pytest.mark.django_db
class TestRefused:
    def test_an_archive_of_a_newer_version(self, write_archive, unused):
        with pytest.raises(CommandError, match=r"made by version 7\.0\.0, this is"):
            run(write_archive(version="7.0.0"))

    def test_an_archive_with_a_migration_that_is_not_known(self, write_archive, unused):
        with pytest.raises(CommandError, match=r"does not know the migration accounts\.0099_later"):
            run(write_archive(migrations=["accounts.0001_initial", "accounts.0099_later"]))

    def test_an_archive_of_an_older_version_is_not(self, write_archive, unused):
        content, _differing = restore.check(write_archive(version="0.9.0", migrations=["accounts.0001_initial"]))
        assert content.version == "0.9.0"

    def test_another_database(self, write_archive, unused):
        other = "sqlite" if engines.current().name == "postgresql" else "postgresql"
        with pytest.raises(CommandError, match=f"The backup is of {other}"):
            run(write_archive(engine=other))

    def test_files_of_another_history(self, write_archive, unused, settings):
        settings.MEDIA_ROOT.mkdir()
        (settings.MEDIA_ROOT / "a.png").write_bytes(b"mine")
        path = write_archive({"media/a.png": b"theirs"})
        with pytest.raises(CommandError, match=r"1 files here have the names of files in the backup"):
            run(path)
        assert restore.check(write_archive({"media/a.png": b"mine"}))

    @pytest.mark.parametrize("answer", ["no", ""])
    def test_other_secrets_unless_somebody_agrees(self, write_archive, unused, settings, monkeypatch, answer):
        path = write_archive()
        settings.CERTIFICATE_NAME_KEY = "another"
        monkeypatch.setattr("builtins.input", lambda _question: answer)
        out = StringIO()
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("restore", str(path), stdout=out)
        assert "CERTIFICATE_NAME_KEY is not that of the backup. The names of erased" in out.getvalue()
        assert "SECRET_KEY is not" not in out.getvalue()

    @pytest.mark.parametrize(("yes", "answer"), [(True, "no"), (False, "yes")])
    def test_other_secrets_are_accepted(self, write_archive, unused, settings, monkeypatch, yes, answer):
        path = write_archive()
        settings.SECRET_KEY = "another"
        monkeypatch.setattr("builtins.input", lambda _question: answer)
        monkeypatch.setattr(
            command.restore, "restore", lambda *_args, **_options: (_ for _ in ()).throw(OSError("full"))
        )
        with pytest.raises(CommandError, match=r"The restore stopped\. full"):
            run(path, yes=yes)
