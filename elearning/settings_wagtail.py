"""Settings of Wagtail that are the same everywhere, and limits of uploads. `elearning.settings` imports them all."""

WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "elearning.wagtail_patches.search"}}
WAGTAIL_SITE_NAME = "Plumbline"
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # Gravatar would tell a third party who works here
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILADMIN_LOGIN_URL = "wagtailadmin_login"  # elearning.views.admin_login
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILREDIRECTS_AUTO_CREATE = True  # elearning.middleware.redirects finds what Wagtail writes
WAGTAIL_WORKFLOW_CANCEL_ON_PUBLISH = True
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []  # every file is a download
WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "odt", "pdf", "pptx", "txt", "xlsx"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000
WAGTAILIMAGES_RENDITION_STORAGE = "renditions"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "elearning.wagtail_patches.rich_text.CheckedRichTextArea",
        "OPTIONS": {"features": ["h3", "bold", "italic", "ol", "ul", "link"]},
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
