"""The security headers of every response, and the settings that production needs."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.documents.models import Document

from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PRODUCTION = {
    "SECRET_KEY": "a production key of fifty characters and more, with 1234567890",
    "CERTIFICATE_NAME_KEY": "another production key of fifty characters and more, with 1234567890",
    "DATABASE_URL": "postgresql://plumbline@127.0.0.1/plumbline",
    "TRUSTED_PROXIES": "127.0.0.1",
    "EMAIL_URL": "smtp://127.0.0.1",
    "DEFAULT_FROM_EMAIL": "no-reply@example.org",
    "REDIS_URL": "redis://127.0.0.1:6379/9",
    "HTTPS": "1",
    "HTTPS_REDIRECT": "1",
    "HSTS_SECONDS": "31536000",
    "HSTS_SUBDOMAINS": "1",
    "ALLOWED_HOSTS": "learn.example.org",
    "BASE_URL": "https://learn.example.org",
}


@pytest.fixture
def care():
    return factories.course()


PERSONAL = [
    "learning",
    "profile",
    "certificates:mine",
    "account_email",
    "account_change_password",
    "mfa_index",
    "catalogue",
]


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_pages_are_not_stored(client, amina, care, name):
    client.force_login(amina)
    answer = client.get(reverse(name))
    assert (answer.status_code, "no-store" in answer["Cache-Control"], "private" in answer["Cache-Control"]) == (
        200,
        True,
        True,
    )


def test_lessons_certificates_files_and_staff_pages_are_not_stored(client, amina, administrator, care):
    client.force_login(amina)
    for path in ("/en/", care.url, factories.lessons_of(care)[0].url, "/en/nowhere/"):
        assert "no-store" in client.get(path)["Cache-Control"], path
    client.force_login(administrator)
    for path in ("/admin/", "/admin/users/", f"/admin/users/edit/{amina.pk}/", "/admin/reports/completion/?export=csv"):
        assert "no-store" in client.get(path)["Cache-Control"], path


def test_the_response_to_a_form_of_a_visitor_is_not_stored(client, care):
    answer = client.post(reverse("account_signup"), {"name": "Leila"})
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)


def test_public_resources_may_be_cached(client, amina, care):
    assert "no-store" not in client.get("/en/standards/").get("Cache-Control", "")
    client.force_login(amina)
    assert client.get(reverse("brand_css"))["Cache-Control"] == "public, max-age=300"


def test_pages_vary_by_cookie_for_shared_caches(client, care):
    assert "Cookie" in client.get("/en/")["Vary"]


@pytest.mark.parametrize("path", ["/en/", "/en/nowhere/", "/admin/", "/health/", "/en/accounts/login/"])
def test_every_response_has_the_security_headers(client, care, path):
    answer = client.get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-eval" not in answer["Content-Security-Policy"]


def test_only_previews_may_be_framed_and_only_by_us(client, kofi, care):
    client.force_login(kofi)
    lesson = factories.lessons_of(care)[0]
    assert client.get(lesson.url)["X-Frame-Options"] == "DENY"
    preview = client.get(f"/admin/pages/{lesson.pk}/view_draft/")
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert "'unsafe-inline'" not in preview["Content-Security-Policy"]


def test_a_certificate_is_not_indexed_by_search_engines(client, care):
    assert "noindex" in client.get("/en/certificates/0000-0000-0000-0000/")["X-Robots-Tag"]


@pytest.mark.parametrize("name", ["notes.pdf", "list.csv", "letter.docx", "words.txt"])
def test_a_document_is_a_download_and_runs_nothing(client, care, administrator, name):
    document = Document(title=name, uploaded_by_user=administrator)
    document.file.save(name, ContentFile(b"<script>alert(1)</script>"))
    document.save()
    client.force_login(administrator)
    answer = client.get(document.url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_http_only_and_same_site(client, amina, care):
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": amina.email, "password": "correct horse battery"})
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), name


# Production ----------------------------------------------------------------------------------------


def in_production(*command: str, **environment: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "DEBUG")}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR, env={**clean, **PRODUCTION, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.deep
def test_the_deployment_check_finds_nothing(tmp_path):
    done = in_production("check", "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("without", "warning"), [("HTTPS", "W011"), ("HSTS_SECONDS", "W004"), ("HTTPS_REDIRECT", "W008")]
)
@pytest.mark.deep
def test_control_the_deployment_check_finds_a_missing_setting(tmp_path, without, warning):
    done = in_production("check", "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path), **{without: "0"})
    assert done.returncode != 0
    assert warning in done.stderr


@pytest.mark.parametrize("left_out", [("REDIS_URL",), ("DATABASE_URL", "REDIS_URL"), ("DEBUG", "HTTPS", "BASE_URL")])
@pytest.mark.deep
def test_leaving_out_a_variable_does_not_switch_off_the_second_step(tmp_path, left_out):
    """Also not with DEBUG. `manage.py demo` switches it off by name."""
    clean = {name: value for name, value in {**os.environ, **PRODUCTION}.items() if name not in left_out}
    code = "from django.conf import settings; print(settings.MFA_REQUIRED_OF_STAFF)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR, env=clean | {"VAR_DIR": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "True"


@pytest.mark.deep
def test_in_production_cookies_are_secure_and_staff_need_a_second_factor(tmp_path):
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "MFA_REQUIRED_OF_STAFF", "DEBUG"]
    names.append("READING_SHARE")
    code = f"import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {names}]))"
    done = in_production("shell", "--no-imports", "-c", code, VAR_DIR=str(tmp_path))
    assert json.loads(done.stdout) == [True, True, True, True, False, 1 / 3]


@pytest.mark.deep
@pytest.mark.parametrize("share", ["1.01", "-0.1", "nan"])
def test_a_reading_share_that_is_no_share_is_refused(tmp_path, share):
    done = in_production("check", VAR_DIR=str(tmp_path), READING_SHARE=share)
    assert (done.returncode != 0, "READING_SHARE must be from 0 to 1." in done.stderr) == (True, True)
