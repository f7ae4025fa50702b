"""Settings of every installation: embedded by default, production with an https:// address or a database server.

docs/operate.md lists every environment variable.
"""

import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from elearning import local_secrets, logging, production, security_headers
from elearning.environment import (
    BASE_DIR,
    PRODUCTION,  # noqa: F401 - a setting, which elearning.checks reads
    VAR,
    database,
    env,
    has_words,
    host_of,
    share,
    trusted_proxies,
)
from elearning.settings_celery import *  # noqa: F403 - the settings of the worker are part of these settings
from elearning.settings_email import *  # noqa: F403
from elearning.settings_monitoring import *  # noqa: F403
from elearning.settings_wagtail import *  # noqa: F403

DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules
SECRET_KEY = env("SECRET_KEY", default="") or local_secrets.generated_secret("secret_key")
# Former keys, newest first. What they signed or encrypted stays readable (docs/secrets.md says for how long).
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Key of the hashes that verify the names of erased certificate holders. Without it none of them can be verified.
CERTIFICATE_NAME_KEY = env("CERTIFICATE_NAME_KEY", default="") or local_secrets.generated_secret("name_key")
CERTIFICATE_NAME_KEY_FALLBACKS = env.list("CERTIFICATE_NAME_KEY_FALLBACKS", default=[])
# The base of links in emails and QR codes. Never taken from a request's Host header, which a client can forge.
BASE_URL = env("BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
HTTPS = env.bool("HTTPS", default=BASE_URL.startswith("https://"))
# The health check of a container asks by the loopback address. No link is made of the host of a request.
ALLOWED_HOSTS = [
    *env.list("ALLOWED_HOSTS", default=[host_of(BASE_URL) or "localhost"]),
    *("localhost", "127.0.0.1", "[::1]"),
]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
# Only from these are X-Forwarded-For and X-Forwarded-Proto believed (elearning.middleware.proxies).
TRUSTED_PROXIES = trusted_proxies()

INSTALLED_APPS = [
    "elearning",
    "privacy",
    "programmes",
    "quizzes",
    "courses",
    "certificates",
    "standards",
    "accounts.apps.AccountsConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_countries",
    "django_structlog",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "accounts.apps.PeopleConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "taggit",
    "modelcluster",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "elearning.middleware.proxies.TrustedProxyMiddleware",
    "elearning.health.views.HealthMiddleware",
    "elearning.metrics.middleware.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "elearning.security_headers.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "elearning.pictures.RenditionMiddleware",
    "elearning.middleware.compression.CompressionMiddleware",
    "elearning.logging.RequestLogMiddleware",
    "elearning.middleware.scripted_forms.ScriptedFormMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "elearning.middleware.language.LanguageMiddleware",
    "elearning.middleware.limits.RequestLimitsMiddleware",
    "elearning.middleware.methods.AllowedMethodsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "elearning.security_headers.PersonalPageHeadersMiddleware",
    "accounts.scoping.ScopeMiddleware",
    "accounts.middleware.SiteMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.RateLimitMiddleware",
    "elearning.middleware.signed_out.SignedOutMiddleware",
    "accounts.authentication.mfa.StaffSecondFactorMiddleware",
    "elearning.middleware.authors_only.AuthorsOnlyMiddleware",
    "elearning.middleware.workflow.WorkflowMiddleware",
    "elearning.middleware.bad_requests.BadRequestMiddleware",
    "elearning.middleware.redirects.RedirectMiddleware",
]

ROOT_URLCONF = "elearning.urls"
WSGI_APPLICATION = "elearning.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data ------------------------------------------------------------------------------------------
DATABASES = {"default": database()}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # All three are needed under load: WAL lets readers continue, IMMEDIATE takes the write lock at the start (no
    # deadlock by upgrading a lock), the timeout waits for it. Any one of them alone still gives "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
else:
    # Each thread keeps one connection for a minute and checks it before each request, so that no request gets a dead
    # one after a restart of PostgreSQL. There is no pool: psycopg's pool waits longer after each dead connection.
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 0 if TESTING else 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "options": "-c lock_timeout=10s -c statement_timeout=60s"},
    }
if TESTING:
    DATABASES["default"]["TEST"] = {"NAME": env("TEST_DATABASE", default=None)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"},
    # Wagtail stores a rendition here whenever a page shows it, so in the database each view would be a write.
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
}
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR / "media")))
MEDIA_URL = "/media/"
# Not below MEDIA_ROOT: a view serves certificates and checks who asks.
CERTIFICATE_ROOT = Path(env("CERTIFICATE_ROOT", default=str(VAR / "certificates")))
CERTIFICATE_FONTS = BASE_DIR / "certificates" / "fonts"

# COPIES_ROOT holds people's copies of their data, each for a day. Put ERASURE_LOG where no restore overwrites it.
COPIES_ROOT = Path(env("COPIES_ROOT", default=str(VAR / "copies")))
ERASURE_GRACE = env.float("ERASURE_GRACE", default=60)  # seconds before an erasure, to send the email about it
ERASURE_LOG = Path(env("ERASURE_LOG", default=str(VAR / "erasures.log")))

# People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.authentication.validators.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "learning"
ACCOUNT_ADAPTER = "accounts.authentication.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_FORMS = {
    "login": "accounts.authentication.forms.SignInForm",
    "signup": "accounts.authentication.forms.SignUpForm",
    "reset_password": "accounts.authentication.forms.ResetPasswordForm",
    "change_password": "accounts.authentication.forms.ChangePasswordForm",
    "reauthenticate": "accounts.authentication.forms.ReauthenticateForm",
    "set_password": "accounts.authentication.forms.SetPasswordForm",
    "add_email": "accounts.authentication.forms.AddEmailForm",
}
# Mandatory verification also keeps sign-up from telling whether an address has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False  # allauth's live in the cache; accounts.ratelimit counts in rows
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False  # allauth's are not in the transaction of the change; accounts.changes
# Every change of a sign-in asks for the password, unless it was entered in the last five minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "allauth.account.forms.EmailAwarePasswordResetTokenGenerator"
MFA_ADAPTER = "accounts.authentication.mfa.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.authentication.mfa.SignInCodeForm",
    "reauthenticate": "accounts.authentication.mfa.ReauthenticateCodeForm",
    "activate_totp": "accounts.authentication.mfa.ActivateCodeForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an unconfirmed address signs nobody in; whoever has a second step may change theirs
MFA_TOTP_TOLERANCE = 1  # time steps, since clocks of phones differ
# On unless it is switched off by name, as `manage.py demo` does for its sample staff.
MFA_REQUIRED_OF_STAFF = env.bool("MFA_REQUIRED_OF_STAFF", default=not TESTING)
PASSWORD_RESET_TIMEOUT = 60 * 60
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # scripts read the CSRF token from the page
LANGUAGE_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": security_headers.PUBLIC_POLICY}
SECURE_SSL_REDIRECT = env.bool("HTTPS_REDIRECT", default=False)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked inside the machine, where there is no HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 60 * 60 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_FAILURE_VIEW = "elearning.views.csrf_failure"

# Learning --------------------------------------------------------------------------------------
# How much of a lesson's minutes must have passed since it was first opened before it counts as done. 0: nothing.
READING_SHARE = share("READING_SHARE", default=0 if TESTING else 1 / 3)

# Languages -------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("ar", _("Arabic")),
    ("zh-hans", _("Chinese")),
    ("en", _("English")),
    ("fr", _("French")),
    ("ru", _("Russian")),
    ("es", _("Spanish")),
]
LOCALE_PATHS = [BASE_DIR / "elearning" / "locale"]
# Content may be in each of LANGUAGES. The interface is offered in those that have words.
INTERFACE_LANGUAGES = [item for item in LANGUAGES if item[0] == LANGUAGE_CODE or has_words(item[0], LOCALE_PATHS[0])]
FORMAT_MODULE_PATH = "elearning.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
# Off until wagtail-localize is used. While off, an English page keeps the reader's interface language in its URL.
WAGTAIL_I18N_ENABLED = False

# Static files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_DIR", default=str(VAR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "renditions": {"BACKEND": "elearning.pictures.RenditionStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "elearning.static_storage.StaticStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_ROOT = BASE_DIR / "elearning" / "root"  # what browsers look for at fixed addresses: /favicon.ico

# Wagtail ---------------------------------------------------------------------------------------
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_PERMITTED_LANGUAGES = INTERFACE_LANGUAGES
# One zone is no choice, so Wagtail's account page offers none: the time zone stands in a person's own details.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]

# Logs ------------------------------------------------------------------------------------------
LOGGING = logging.logging_config(
    env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "ERROR" if TESTING else "INFO")
)
logging.configure(remember_loggers=not TESTING)

production.refuse_wrong_values()
