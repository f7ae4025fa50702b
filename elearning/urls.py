"""The root URLconf. Each app has its own urls.py."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents import urls as wagtaildocs_urls

from accounts.admin.people import AccountSettingsView
from accounts.emails.views import bounce_webhook
from elearning import pictures, search_engines, views
from elearning.health import views as health
from elearning.metrics import views as metrics

urlpatterns = [
    path("health/", health.show, name="health"),
    path("health/live", health.live, name="health_live"),
    path("metrics", metrics.show, name="metrics"),
    path("hooks/email-bounces/", bounce_webhook, name="email_bounces"),
    path("brand.css", views.brand_css, name="brand_css"),
    path("robots.txt", search_engines.robots, name="robots"),
    path("sitemap.xml", search_engines.sitemap, name="sitemap"),
    # Wagtail's own sign-in page would bypass email verification, rate limits and the second step, so allauth's is used.
    path("admin/login/", views.admin_login),
    # Wagtail's test page for error 500 would let staff cause one at will.
    path("admin/failwhale/", views.disabled_page),
    # Only for document models with more required fields than ours. Because extensions are limited, it always fails.
    path("admin/documents/multiple/create_from_uploaded_document/<int:uploaded_file_id>/", views.disabled_page),
    # Redirects are written when a page moves; nobody writes, imports or exports them.
    path("admin/redirects/", views.disabled_page),
    path("admin/redirects/<path:rest>", views.disabled_page),
    path("admin/account/", require_admin_access(AccountSettingsView.as_view())),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # Renditions are answered by elearning.pictures.RenditionMiddleware; nothing else below MEDIA_ROOT has an address.
    path("media/<slug:folder>/<str:name>", pictures.staff_picture, name="staff_picture"),
]
urlpatterns += i18n_patterns(
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("privacy.urls")),
    path("accounts/", include("accounts.authentication.urls")),
    path("standards/", include("standards.urls")),
    path("certificates/", include("certificates.urls")),
    path("quiz/", include("quizzes.urls")),
    path("", include("courses.urls")),
    path("messages.js", JavaScriptCatalog.as_view(packages=["elearning"]), name="messages_js"),
    path("", include(wagtail_urls)),
)
handler400 = "elearning.views.bad_request"
handler403 = "elearning.views.permission_denied"
handler404 = "elearning.views.not_found"
handler500 = "elearning.views.server_error"
