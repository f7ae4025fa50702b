"""Small courses for tests, created with the functions that authors use."""

import io
import random
import uuid
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import PIL.Image
from django.core.files.base import ContentFile
from modelsearch import signal_handlers
from wagtail.images.models import Image
from wagtail.models import Locale, Page
from wagtail.rich_text import RichText
from wagtail.signal_handlers import disable_reference_index_auto_update

from courses import bootstrap, releases
from courses.models.pages import CoursePage, HomePage, LessonPage, ModulePage
from courses.models.records import CourseRelease

LIBRARY = Path(releases.__file__).parent / "library"


def home() -> HomePage:
    """Return the home page. The template of the test databases has it, with the groups and the review workflow."""
    return HomePage.objects.first() or bootstrap.prepare()


@contextmanager
def unindexed():
    """Save without updating the indexes of searches and references, where a later save of the same row updates them."""
    with (
        disable_reference_index_auto_update(),
        mock.patch.object(signal_handlers, "insert_or_update_object_task"),
    ):
        yield


def publish(parent, page):
    """Add the page, live with its first revision: the rows that publishing writes, without saving the page again."""
    parent.add_child(instance=page)
    with unindexed():
        revision = page.save_revision(clean=False)  # add_child() has just done that
    published = {"first_published_at": revision.created_at, "last_published_at": revision.created_at}
    Page.objects.filter(pk=page.pk).update(live_revision=revision, has_unpublished_changes=False, **published)
    page.refresh_from_db()
    return page


def text_block(words: str, cites=()) -> dict:
    items = [{"type": "item", "value": pk, "id": str(uuid.uuid4())} for pk in cites]
    return {
        "type": "text",
        "id": str(uuid.uuid4()),
        "value": {"heading": "", "text": f"<p>{words}</p>", "cites": items},
    }


def document_text(document) -> dict:
    """The value of a text block with a link to the document."""
    return {"heading": "", "text": RichText(f'<p><a linktype="document" id="{document.pk}">Form</a></p>'), "cites": []}


def check_block(stem: str, right: str, wrong: str) -> dict:
    def option(text, correct):
        value = {"text": text, "correct": correct, "feedback": f"about {text}"}
        return {"type": "item", "id": str(uuid.uuid4()), "value": value}

    value = {"stem": stem, "options": [option(right, True), option(wrong, False)], "cites": []}
    return {"type": "check", "id": str(uuid.uuid4()), "value": value}


def image(name: str = "clinic.png", width: int = 800, height: int = 600, file_format: str = "PNG", **save) -> Image:
    """An uploaded image of noise, which compresses as badly as a photograph. Its title is its file name, as in Wagtail."""
    file = io.BytesIO()
    pixels = random.Random(name).randbytes(width * height * 3)
    PIL.Image.frombytes("RGB", (width, height), pixels).save(file, file_format, **save)
    return Image.objects.create(title=name.rpartition(".")[0], file=ContentFile(file.getvalue(), name=name))


def picture_block(image: Image, alt_text: str = "A nurse measures blood pressure") -> dict:
    value = {"image": {"image": image.pk, "decorative": not alt_text, "alt_text": alt_text}, "caption": "", "cites": []}
    return {"type": "picture", "id": str(uuid.uuid4()), "value": value}


def lesson(module: ModulePage, title: str, *blocks: dict) -> LessonPage:
    page = LessonPage(title=title, slug=title.lower().replace(" ", "-"), number="1.1.1", minutes=10)
    page.body = LessonPage._meta.get_field("body").stream_block.to_python(
        list(blocks) or [text_block(f"{title} in words.")]
    )
    return publish(module, page)


def module(course: CoursePage, title: str = "Module one") -> ModulePage:
    return publish(course, ModulePage(title=title, slug=title.lower().replace(" ", "-"), number="1.1", minutes=30))


def course(title: str = "Care", lessons: int = 3, released: bool = True) -> CoursePage:
    """Create a published course with one module of `lessons` lessons. If `released`, release it as 1.0."""
    slug = title.lower().replace(" ", "-")
    page = publish(
        home(),
        CoursePage(title=title, slug=slug, code=slug.upper()[:20], short_title=title, hours=2),
    )
    if lessons:
        chapter = module(page)
        for number in range(1, lessons + 1):
            lesson(chapter, f"Lesson {number}")
    if released:
        releases.release(page, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    return page


def translate(page: Page, language: str, title: str) -> Page:
    """Publish a translation of a page beside it."""
    locale, _made = Locale.objects.get_or_create(language_code=language)
    copy = page.copy(
        update_attrs={"title": title, "slug": f"{page.slug}-{language}", "locale": locale}, reset_translation_key=False
    )
    copy.save_revision().publish()
    return copy


def lessons_of(course_page: CoursePage) -> list[LessonPage]:
    return list(LessonPage.objects.descendant_of(course_page).order_by("path"))
