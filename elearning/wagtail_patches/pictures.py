"""Pictures without what their file says about people: renditions without metadata, text alternatives without file name.

Willow copies the metadata of a photograph (place, time, camera) into every rendition. Wagtail takes the title of an
image as its text alternative, and the title of an uploaded image is the name of its file.
"""

from wagtail.images.models import AbstractImage
from willow.plugins.pillow import PillowImage


def drop_metadata(image: PillowImage) -> None:
    """In place of PillowImage.get_exif_data(), which is called just before a file is written. None: no metadata."""
    image.image.info.pop("comment", None)


def install() -> None:
    PillowImage.get_exif_data = drop_metadata
    AbstractImage.default_alt_text = property(lambda image: image.description)
