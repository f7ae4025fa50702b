"""Uploaded pictures: renditions are public, originals are for staff, and nothing else below MEDIA_ROOT is served."""

import io
from contextlib import nullcontext
from pathlib import Path

import PIL.Image
import pytest
from django.core.files.base import ContentFile
from wagtail.blocks import StructBlockValidationError
from wagtail.users.models import UserProfile

from accounts.models import Operator
from accounts.site_settings import current_operator
from courses import enrolment as enrolments
from courses.models.pages import LessonPage
from elearning.pictures import RenditionStorage
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def rendition():
    return factories.image().get_rendition("width-640|format-webp")


def test_a_rendition_is_a_file_that_caches_keep(client, rendition):
    answer = client.get(rendition.url)
    assert (answer.status_code, answer["Content-Type"], answer.getvalue()) == (
        *(200, "image/webp"),
        Path(rendition.file.path).read_bytes(),
    )
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    again = client.get(rendition.url, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, answer["Cache-Control"])


def test_a_rendition_asks_for_no_session_person_or_database(client, amina, rendition, django_assert_num_queries):
    client.force_login(amina)
    with django_assert_num_queries(0):
        answer = client.head(rendition.url)
    assert (answer.status_code, "Vary" in answer, answer.cookies) == (200, False, {})
    assert int(answer["Content-Length"]) == Path(rendition.file.path).stat().st_size
    assert client.post(rendition.url).status_code == 405


def test_another_content_has_another_url():
    """Also when the first file is deleted, and its name is free again."""
    storage, names = RenditionStorage(), []
    for content in (b"one", b"two", b"one"):
        names.append(storage.save("images/clinic.width-640.webp", ContentFile(content)))
        storage.delete(names[-1])
    assert (names[0] != names[1], names[0] == names[2]) == (True, True)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("images/drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("images/drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("images/page.jpg", b"<html><script>alert(1)</script>"),
        ("images/page.html", PNG),
        ("images/.hidden.png", PNG),
        ("images/below/deep.png", PNG),
        ("documents/letter.png", PNG),
        ("outside.png", PNG),
    ],
)
def test_nothing_but_a_raster_picture_is_served(client, administrator, settings, path, content):
    file = Path(settings.MEDIA_ROOT, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    client.force_login(administrator)
    assert client.get(f"/media/{path}", follow=True).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../secret.png",
            "..%2fsecret.png",
            "%2e%2e/secret.png",
            "..%5csecret.png",
            "original_images/../../secret.png",
        ),
        *("/secret.png", "%00.png", "x" * 300 + ".png", "", "nothing.png"),
    ],
)
def test_no_path_leads_out_of_the_folder(client, administrator, settings, path):
    Path(settings.MEDIA_ROOT, "images").mkdir(parents=True)
    Path(settings.MEDIA_ROOT, "secret.png").write_bytes(PNG)
    Path(settings.MEDIA_ROOT).with_name("secret.png").write_bytes(PNG)
    client.force_login(administrator)
    for folder in ("images", "original_images"):
        assert client.get(f"/media/{folder}/{path}", follow=True).status_code == 404


def test_originals_and_portraits_are_for_staff(client, amina, kofi, rendition):
    profile = UserProfile.get_for_user(kofi)
    profile.avatar.save("kofi.png", ContentFile(Path(factories.image("kofi.png", 9, 9).file.path).read_bytes()))
    for url in (rendition.image.file.url, profile.avatar.url):
        assert client.get(url).status_code == 404
        client.force_login(amina)
        assert client.get(url).status_code == 404
        client.force_login(kofi)
        answer = client.get(url)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
            *(200, "image/png"),
            "private, no-store",
        )
        client.logout()


@pytest.mark.parametrize("filter_spec", ["width-640|format-webp", "max-165x165", "width-640|format-png"])
def test_a_rendition_does_not_say_where_and_when_a_photo_was_taken(filter_spec):
    exif = PIL.Image.Exif()
    exif[0x010F] = "Camera of Amina"
    exif.get_ifd(0x8825)[1] = "S"  # GPS latitude
    image = factories.image("photo.jpg", file_format="JPEG", exif=exif, comment=b"Amina at the clinic")
    content = Path(image.get_rendition(filter_spec).file.path).read_bytes()
    assert (b"Amina" in content, dict(PIL.Image.open(io.BytesIO(content)).getexif())) == (False, {})
    assert b"Amina" in Path(image.file.path).read_bytes(), "the original still says it"


@pytest.fixture
def lesson():
    care = factories.course(lessons=0, released=False)
    return factories.lesson(factories.module(care), "Pictures", factories.picture_block(factories.image()))


def test_a_picture_in_a_lesson_has_its_size_and_text_alternative(client, kofi, lesson):
    client.force_login(kofi)
    html = client.get(lesson.url).content.decode()
    [tag] = [part.partition(">")[0] for part in html.split("<img")[1:]]
    for attribute in ('width="640"', 'height="480"', 'loading="lazy"', 'alt="A nurse measures blood pressure"'):
        assert attribute in tag


def test_the_title_of_an_image_is_no_text_alternative():
    image = factories.image("IMG_2031.png")
    assert (image.default_alt_text, image.get_rendition("width-9").alt) == ("", "")
    image.description = "A nurse measures blood pressure"
    assert image.default_alt_text == image.description


@pytest.mark.parametrize(
    ("alt_text", "refused"),
    [
        *(("IMG_2031.png", True), ("img 2031", True), ("photo.JPEG", True)),
        *(("IMG 2031 shows a clinic", False), ("", False)),
    ],
)
def test_the_name_of_the_file_is_refused_as_text_alternative(alt_text, refused):
    factories.image("IMG_2031.png")
    block = LessonPage._meta.get_field("body").stream_block.child_blocks["picture"]
    # A second file of the same name gets seven characters more.
    value = block.to_python(factories.picture_block(factories.image("IMG_2031.png"), alt_text)["value"])
    with pytest.raises(StructBlockValidationError) if refused else nullcontext() as caught:
        block.clean(value)
    if refused:
        (message,) = caught.value.block_errors["image"].block_errors["alt_text"].messages
        assert message.startswith("Say what the image shows")


def test_a_logo_and_a_picture_cost_no_queries_once_they_were_shown(
    client, amina, lesson, django_assert_max_num_queries
):
    care = lesson.get_parent().get_parent().specific
    factories.releases.release(care, factories.CourseRelease.Kind.EDITORIAL, None, without_test=True)
    enrolments.join(amina, care.translation_key)
    client.force_login(amina)
    client.get(lesson.url)
    with django_assert_max_num_queries(100) as without_logo:
        client.get(lesson.url)
    before = len(without_logo)
    operator = Operator.objects.get_or_create(site=current_operator().site)[0]
    operator.logo = factories.image("logo.png", 200, 72)
    operator.save()
    client.get(lesson.url)
    with django_assert_max_num_queries(before):
        html = client.get(lesson.url).content.decode()
    assert f'alt="{operator.site_name}"' in html
