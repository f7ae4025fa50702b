"""Archives are verified as a whole, and what is cut off, changed or leads elsewhere is refused."""

import io
import stat
import tarfile

import pytest

from elearning.backups import archive, manifest
from elearning.backups.archive import BadArchive
from elearning.backups.databases import digest_of

pytestmark = pytest.mark.once


def test_an_archive_holds_what_its_manifest_says_and_only_its_owner_reads_it(write_archive):
    path = write_archive({"media/images/a.png": b"picture", archive.ERASURES: b"line\n"})
    content = archive.verify(path)
    assert content.files["media/images/a.png"] == (7, digest_of_bytes(b"picture"))
    assert [name for name, _content in archive.members(path)][-1] == archive.MANIFEST
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def digest_of_bytes(data: bytes) -> str:
    return archive.DigestingFile(io.BytesIO(data)).read_to_end().sha256


@pytest.mark.parametrize("kept", [0.2, 0.9, 0.97])
def test_an_archive_that_was_cut_off_is_refused(write_archive, kept):
    path = write_archive({f"media/{number}.png": bytes(range(256)) * 40 for number in range(20)})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(BadArchive, match="incomplete"):
        archive.verify(path)


def rewritten(path, change) -> None:
    """Write the archive again, with each member as `change` returns it; None leaves it out."""
    with tarfile.open(path) as source:
        members = [(member, source.extractfile(member).read()) for member in source.getmembers()]
    with tarfile.open(path, "w:gz") as target:
        for member, data in members:
            changed = change(member, data)
            if changed is not None:
                member.size = len(changed)
                target.addfile(member, io.BytesIO(changed))


def test_a_changed_removed_or_added_member_is_refused(write_archive):
    path = write_archive({"media/a.png": b"picture"})
    rewritten(path, lambda member, data: b"another" if member.name == "media/a.png" else data)
    with pytest.raises(BadArchive, match=r"not as the manifest says, first media/a\.png"):
        archive.verify(path)
    path = write_archive({"media/a.png": b"picture"})
    rewritten(path, lambda member, data: None if member.name == "media/a.png" else data)
    with pytest.raises(BadArchive, match="not as the manifest says"):
        archive.verify(path)


NAMES = [
    "../evil",
    "/etc/evil",
    "media/../../evil",
    "media",
    "elsewhere/evil",
    "media/a\\..\\b",
    "media//a",
    "./media/a",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_backup_writes_is_refused(write_archive, name):
    path = write_archive({name: b"evil"})
    with pytest.raises(BadArchive, match="no backup has"):
        archive.verify(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_and_folders_are_refused(tmp_path, kind):
    path = tmp_path / "links.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("media/a")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(BadArchive, match="no backup has"):
        archive.verify(path)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"product": "Other", "format": 1}', b'{"product": "Plumbline"}'])
def test_a_manifest_of_something_else_is_refused(text):
    with pytest.raises(manifest.NotOurs):
        manifest.read(text)


def test_a_later_format_is_named():
    with pytest.raises(manifest.NotOurs, match="format of this backup is 2"):
        manifest.read(b'{"product": "Plumbline", "format": 2}')


def test_no_file_and_no_archive_are_told_apart(tmp_path):
    with pytest.raises(BadArchive, match="There is no file"):
        archive.verify(tmp_path / "none.tar.gz")
    (tmp_path / "text.tar.gz").write_text("hello")
    with pytest.raises(BadArchive, match="damaged or incomplete"):
        archive.verify(tmp_path / "text.tar.gz")


def test_the_digest_of_a_table_does_not_depend_on_the_order_but_on_each_row():
    assert digest_of([b"a", b"b"]) == digest_of([b"b", b"a"])
    assert digest_of([b"a", b"a"]) != digest_of([b"a"])
    assert digest_of([b"a", b"b"]) != digest_of([b"a", b"c"])
    assert digest_of([]) == (0, "0" * 64)


def test_a_file_under_its_final_name_is_whole(tmp_path):
    with pytest.raises(OSError), archive.durable_file(tmp_path / "a", 0o600) as file:
        file.write(b"half")
        raise OSError
    assert list(tmp_path.iterdir()) == []


class TestKeysCheck:
    def test_the_manifest_has_fingerprints_and_no_secret(self, settings):
        settings.SECRET_KEY_FALLBACKS = ["a former one"]
        text = str(manifest.fingerprints())
        for secrets in manifest.secrets_in_use().values():
            assert not [secret for secret in secrets if secret in text]
        assert manifest.fingerprints() != manifest.fingerprints(), "each has a salt of its own"

    def test_a_secret_that_is_known_as_a_former_one_does_not_differ(self, settings):
        settings.SECRET_KEY_FALLBACKS = []
        keys, old = manifest.fingerprints(), settings.SECRET_KEY
        settings.SECRET_KEY = "another"
        assert manifest.differing_secrets(keys) == ["SECRET_KEY"]
        settings.SECRET_KEY_FALLBACKS = [old]
        assert manifest.differing_secrets(keys) == []

    def test_a_former_secret_of_the_backup_is_needed_too(self, settings):
        settings.CERTIFICATE_NAME_KEY_FALLBACKS = ["former"]
        keys = manifest.fingerprints()
        settings.CERTIFICATE_NAME_KEY_FALLBACKS = []
        assert manifest.differing_secrets(keys) == ["CERTIFICATE_NAME_KEY"]
