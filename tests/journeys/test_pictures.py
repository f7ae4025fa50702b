"""A browser loads uploaded pictures from gunicorn: in a lesson, as the logo, as thumbnails and originals in the admin."""

import pytest

from tests.security.watch import watch
from tests.support.product import Product
from tests.support.screens import LESSON, SCENE, STAFF

pytestmark = [pytest.mark.deep, pytest.mark.browser]
PICTURES = f"""
import io
import PIL.Image
from django.core.files.base import ContentFile
from wagtail.images.models import Image
from wagtail.models import Site
from accounts.models import Operator

file = io.BytesIO()
PIL.Image.new("RGB", (800, 600), "teal").save(file, "PNG")
image = Image.objects.create(title="clinic", file=ContentFile(file.getvalue(), name="clinic.png"))
page = next(lesson for lesson in LessonPage.objects.all() if lesson.url_path.endswith("{LESSON}"))
value = {{"image": {{"image": image.pk, "decorative": False, "alt_text": "A clinic"}}, "caption": "", "cites": []}}
page.body.append(("picture", page.body.stream_block.child_blocks["picture"].to_python(value)))
page.save_revision().publish()
Operator.objects.update_or_create(site=Site.objects.get(), defaults={{"logo": image}})
answer |= {{"image": image.pk, "original": image.file.url}}
"""
# The width of each picture of the page as its file says it; 0 for one that was not loaded.
WIDTHS = """async () => {
  for (const image of document.images) { image.loading = "eager"; await image.decode().catch(() => {}) }
  return [...document.images].map(image => [image.alt, image.naturalWidth])
}"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("pictures"))
    try:
        made.set_up()
        made.scene = made.python(SCENE + STAFF + PICTURES)
        yield made.start("web")
    finally:
        made.stop()


def test_a_learner_sees_the_picture_of_a_lesson_and_the_logo(chromium, product):
    watched = watch(chromium, product.url, product.scene["amina"])
    page = watched.page()
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/en/{LESSON}")
    assert page.evaluate(WIDTHS) == [["Plumbline", 96], ["A clinic", 640]]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert page.goto(product.scene["original"]).status == 404
    assert watched.events == []
    watched.context.close()


def test_staff_see_thumbnails_and_originals(chromium, product):
    watched = watch(chromium, product.url, product.scene["kofi"])
    page = watched.page()
    for path in (
        "/admin/images/",
        f"/admin/images/{product.scene['image']}/",
        f"/admin/pages/{product.scene['lesson']}/edit/",
    ):
        page.goto(path, wait_until="networkidle")
        widths = [width for _alt, width in page.evaluate(WIDTHS)]
        assert (len(widths) > 0, 0 in widths) == (True, False), path
    assert page.goto(product.scene["original"]).headers["content-type"] == "image/png"
    assert watched.events == []
    watched.context.close()
