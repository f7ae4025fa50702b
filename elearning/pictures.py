"""Serve uploaded pictures, and nothing else, from MEDIA_ROOT. Reasons: docs/decisions/0073."""

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.http import FileResponse, HttpRequest, HttpResponseNotAllowed, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

RENDITIONS = "images"  # the folder of pictures in the sizes that pages show
STAFF_FOLDERS = ("original_images", "avatar_images")
METHODS = ["GET", "HEAD"]
FILE_NAME = re.compile(r"[\w-][\w.-]*\.(\w+)")
SIGNATURE_LENGTH = 12  # bytes
SIGNATURES = {
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class RenditionStorage(FileSystemStorage):
    """The storage of renditions. Each file name contains a hash of the content, so a URL never changes its content."""

    def save(self, name: str, content: File, max_length: int | None = None) -> str:
        digest = hashlib.sha256()
        for chunk in content.chunks():
            digest.update(chunk)
        path = Path(name)
        return super().save(str(path.with_suffix(f".{digest.hexdigest()[:16]}{path.suffix}")), content, max_length)


class RenditionMiddleware:
    """Answer requests for renditions before sessions and people are loaded. They are the same for everybody."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.prefix = f"{settings.MEDIA_URL}{RENDITIONS}/"

    def __call__(self, request):
        if not request.path_info.startswith(self.prefix):
            return self.get_response(request)
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        name = request.path_info.removeprefix(self.prefix)
        return serve(request, RENDITIONS, name, "public, max-age=31536000, immutable")


@require_safe
def staff_picture(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """Serve an original or the portrait of a member of staff to staff. Others get 404.

    Originals are not public: a photograph says where, when and by whom it was taken, and may not be published yet.
    """
    if folder not in STAFF_FOLDERS or not request.user.is_staff:
        return HttpResponseNotFound(content_type="text/plain")
    return serve(request, folder, name, "private, no-store")


def serve(request: HttpRequest, folder: str, name: str, cache_control: str) -> HttpResponseBase:
    """The file as an image of the type that its content has; 404 for anything that is no raster picture."""
    match = FILE_NAME.fullmatch(name)
    if match is None or match[1].lower() not in settings.WAGTAILIMAGES_EXTENSIONS:
        return HttpResponseNotFound(content_type="text/plain")
    path = Path(settings.MEDIA_ROOT, folder, name)
    try:
        with path.open("rb") as file:
            content_type = sniff(file.read(SIGNATURE_LENGTH))
        if not content_type:
            return HttpResponseNotFound(content_type="text/plain")
        status = path.stat()
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        response = get_conditional_response(request, etag, int(status.st_mtime))
        response = response or FileResponse(path.open("rb"), content_type=content_type)
    except OSError:
        return HttpResponseNotFound(content_type="text/plain")
    for header, value in (HEADERS | {"Cache-Control": cache_control, "ETag": etag}).items():
        response[header] = value
    return response


def sniff(head: bytes) -> str:
    """The type of raster picture that begins with these bytes; "" for anything else."""
    return next((name for name, signature in SIGNATURES.items() if signature.match(head)), "")
