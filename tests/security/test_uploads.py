"""Uploads and figures of packages: bad ones are refused at once with a reason, and no file leaves its folder."""

import io
import os
import re
import struct
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.storage import base as storage_base
from django.core.files.storage import filesystem as storage_filesystem
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db.models.fields import files as field_files
from django.http.multipartparser import MultiPartParser
from PIL import Image
from wagtail.documents.models import Document
from wagtail.images.models import Image as Picture

from courses import figures
from tests.support import factories
from tests.support.effort import effort
from tests.support.tiers import sampled

pytestmark = pytest.mark.django_db
AT_ONCE_SECONDS = 2.0  # seconds of processor time
SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 40, height: int = 30) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flood(side: int) -> bytes:
    """Return a few kilobytes that unpack to an image of side x side pixels."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def staff_client(client, administrator):
    factories.home()
    client.force_login(administrator)
    return client


def everything_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def send(staff_client, kind: str, name: str, content: bytes, mime: str):
    with effort() as work:
        answer = staff_client.post(
            f"/admin/{kind}/add/",
            {"title": "Something", "file": SimpleUploadedFile(name, content, content_type=mime), "collection": 1},
        )
    return answer, work.seconds


BAD_PICTURES = {
    "svg": ("drawing.svg", lambda: SCRIPT, "image/svg+xml", "Not a supported image format"),
    "svg called png": ("drawing.png", lambda: SCRIPT, "image/png", "not a valid|Not a valid"),
    "page called png": ("page.png", lambda: b"<html><script>alert(1)</script>", "image/png", "valid image"),
    "gif called png": (
        "photo.png",
        lambda: b"GIF89a" + b"\0" * 50,
        "image/png",
        "not a valid|Not a valid|does not match",
    ),
    "flood": ("flood.png", lambda: flood(30_000), "image/png", "pixels|too big|not a valid|Not a valid"),
    "large": ("large.png", lambda: png() + b"\0" * (10 * 1024 * 1024), "image/png", "too big"),
    "empty": ("empty.png", lambda: b"", "image/png", "empty"),
    "double ending": ("photo.png.html", png, "image/png", "Not a supported image format"),
}


@pytest.mark.parametrize("case", sampled(BAD_PICTURES))
def test_a_bad_image_is_refused_at_once_with_a_reason(staff_client, case, settings):
    name, content, mime, words = BAD_PICTURES[case]
    answer, seconds = send(staff_client, "images", name, content(), mime)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(words, html), re.findall(r"error-message.*?</", html, re.S)
    assert (Picture.objects.count(), seconds < AT_ONCE_SECONDS) == (0, True), seconds
    assert everything_below(Path(settings.MEDIA_ROOT)) == set()


BAD_FILES = {
    "svg": ("drawing.svg", lambda: SCRIPT),
    "page": ("page.html", lambda: b"<script>alert(1)</script>"),
    "zip": ("many.zip", lambda: b"PK\x03\x04"),
    "page behind pdf": ("letter.pdf.html", lambda: b"<script>"),
    "no ending": ("letter", lambda: b"x"),
    "large": ("large.pdf", lambda: b"%PDF" + b"\0" * (20 * 1024 * 1024 + 1)),
}


@pytest.mark.parametrize("case", sampled(BAD_FILES))
def test_a_bad_document_is_refused_at_once_with_a_reason(staff_client, case, settings):
    name, content = BAD_FILES[case]
    answer, seconds = send(staff_client, "documents", name, content(), "application/pdf")
    html = answer.content.decode()
    assert "is not allowed" in html or "too big" in html or "File size" in html
    assert (Document.objects.count(), seconds < AT_ONCE_SECONDS) == (0, True), seconds
    assert everything_below(Path(settings.MEDIA_ROOT)) == set()


FOLDER_MARK = "{folder}"  # stands for the folder of the test, for absolute paths
NAMES = [
    "../../evil.png",
    "..\\..\\evil.png",
    "..&#47;..&#x2f;evil.png",
    f"{FOLDER_MARK}/evil.png",
    "C:\\evil.png",
    "a\0b.png",
    "a\r\nb: c.png",
    "…/évil.png",
    "x" * 300 + ".png",
]


def post_by_hand(staff_client, name: str):
    """Post an image under this name, by hand: the test client would send the last part of the name only."""
    # Characters that would end the header are encoded as in RFC 5987, which Django reads too.
    spelled = f'filename="{name}"' if name.isprintable() else f"filename*=UTF-8''{quote(name, safe='')}"
    parts = {'name="title"': b"Something", 'name="collection"': b"1", f'name="file"; {spelled}': png()}
    body = b"".join(
        f"--limit\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts.items()
    )
    return staff_client.post(
        "/admin/images/add/", body + b"--limit--\r\n", content_type="multipart/form-data; boundary=limit"
    )


@pytest.fixture
def received(monkeypatch) -> list[str]:
    """The file names as Django receives them."""
    names: list[str] = []
    sanitize = MultiPartParser.sanitize_file_name

    def note(self, name: str) -> str | None:
        names.append(name)
        return sanitize(self, name)

    monkeypatch.setattr(MultiPartParser, "sanitize_file_name", note)
    return names


@pytest.mark.parametrize("name", sampled(NAMES))
def test_no_file_name_leads_out_of_the_folder(staff_client, name, settings, tmp_path, received):
    """Django checks a path three times, in the parser, the file and the storage. Any one check is enough.

    So nothing leads out before all three are gone; the control below shows that the test notices that.
    """
    name = name.replace(FOLDER_MARK, str(tmp_path))
    before = everything_below(tmp_path)
    answer = post_by_hand(staff_client, name)
    assert received == [name]
    assert answer.status_code == 302
    [new] = everything_below(tmp_path) - before
    assert new.parent == Path(settings.MEDIA_ROOT) / "original_images"
    assert not set(new.name) & set("\\/\0\r\n:")


def last_argument(*arguments: str) -> str:
    return arguments[-1]


@pytest.fixture
def no_checks(monkeypatch):
    monkeypatch.setattr(MultiPartParser, "sanitize_file_name", last_argument)
    monkeypatch.setattr(UploadedFile, "name", None)  # a plain attribute, in place of the one that validates its value
    for step in ("get_valid_name", "generate_filename"):
        monkeypatch.setattr(FileSystemStorage, step, last_argument)
    monkeypatch.setattr(FileSystemStorage, "get_available_name", lambda self, name, max_length: name)
    for module in (field_files, storage_base):
        monkeypatch.setattr(module, "validate_file_name", lambda name, **_options: name)
    monkeypatch.setattr(storage_filesystem, "safe_join", os.path.join)


@pytest.mark.parametrize("name", ["../../evil.png", f"{FOLDER_MARK}/evil.png"])
def test_control_without_the_three_checks_it_leads_out(staff_client, name, tmp_path, no_checks):
    post_by_hand(staff_client, "good.png")  # makes the folder
    post_by_hand(staff_client, name.replace(FOLDER_MARK, str(tmp_path)))
    assert (tmp_path / "evil.png").exists()


def test_two_files_of_the_same_name_are_both_stored(staff_client, settings):
    for content in (png(), png(41)):
        send(staff_client, "images", "photo.png", content, "image/png")
    assert len({picture.file.name for picture in Picture.objects.all()}) == 2


def test_control_a_good_image_and_a_good_document_are_accepted(staff_client):
    assert send(staff_client, "images", "photo.png", png(), "image/png")[0].status_code == 302
    assert send(staff_client, "documents", "letter.pdf", b"%PDF-1.7", "application/pdf")[0].status_code == 302
    assert (Picture.objects.count(), Document.objects.count()) == (1, 1)


# Figures of a package -----------------------------------------------------------------------------
# A package is a folder that a command of the operator reads, so there is no archive that could unpack to a huge size.


def figure(inside: str, doctype: str = "") -> str:
    return f'{doctype}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>T</title><desc>D</desc>{inside}</svg>'


LAUGHS = (
    "<!DOCTYPE svg [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)
BAD_FIGURES = {
    "billion laughs": figure("<text>&a9;</text>", LAUGHS),
    "quadratic": figure("<text>" + "&a;" * 5000 + "</text>", "<!DOCTYPE svg [<!ENTITY a '" + "x" * 50_000 + "'>]>"),
    "a file of ours": figure("<text>&x;</text>", '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "an address": figure("<text>&x;</text>", '<!DOCTYPE svg [<!ENTITY x SYSTEM "http://192.0.2.1/">]>'),
    "a doctype": figure("", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://192.0.2.1/svg.dtd">'),
    "a script": figure("<script>alert(1)</script>"),
    "a handler": figure('<rect onload="alert(1)"/>'),
    "a link": figure('<a href="javascript:alert(1)"><text>x</text></a>'),
    "a use": figure('<use href="http://192.0.2.1/x.svg#a"/>'),
    "a picture": figure('<image href="http://192.0.2.1/x.png"/>'),
    "foreign content": figure("<foreignObject><p>x</p></foreignObject>"),
    "a style": figure("<style>@import url(http://192.0.2.1/)</style>"),
    "a url": figure('<rect class="url(http://192.0.2.1/)"/>'),
    "an animation": figure('<set attributeName="href" to="javascript:alert(1)"/>'),
    "another namespace": '<svg xmlns="http://www.w3.org/1999/xhtml"><title>T</title><desc>D</desc></svg>',
    "a cave": figure("<g>" * 5000 + "</g>" * 5000),
    "a mountain": figure("<path/>" * 200_000),
    "not XML": "<svg",
    "NUL": figure("<text>\0</text>"),
}


@pytest.mark.parametrize("case", sampled(BAD_FIGURES))
def test_a_bad_figure_is_refused_at_once_with_a_reason(case):
    with effort() as work, pytest.raises(figures.FigureError) as refused:
        figures.parse(BAD_FIGURES[case])
    assert (work.seconds < AT_ONCE_SECONDS, bool(str(refused.value))) == (True, True)


def test_control_a_good_figure_is_accepted():
    assert figures.parse(figure('<text x="1" y="2">Words</text>')).labels == ["Words"]


def test_labels_of_a_figure_are_escaped():
    assert "<b>" not in figures.draw("<text>{{0}}</text>", ["<b>&\"'"])
