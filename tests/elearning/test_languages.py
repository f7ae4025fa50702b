"""The interface in Arabic is complete: no text is missing, no page or email falls back into English."""

import datetime
import io
import os
import re
import shutil
import subprocess
import sys
import uuid
import zoneinfo
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import ngettext, to_locale
from wagtail.models import Page

from accounts import changes
from accounts.emails import outgoing
from accounts.models import AccountChange, Facility
from accounts.site_settings import current_operator
from certificates import delivery
from certificates import tasks as certificate_tasks
from certificates.models import Certificate
from certificates.printed_fields import PrintedFields, lines, no_endorsement
from courses import enrolment, progress
from courses.models.pages import CoursePage, LessonPage
from quizzes import attempts
from quizzes.models.pages import QuizPage
from standards.models import Edition, Section
from tests.support.apps import APPS

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
DAYS = [datetime.date(2026, 11, 27), datetime.date(2029, 11, 27), datetime.date(2026, 11, 28)]
LOCALES = sorted(to_locale(code) for code, _name in settings.LANGUAGES if code != "en")
DOMAINS = ("django", "djangojs")
PLACEHOLDER = re.compile(r"%\(\w+\)[\d.]*[a-z]|%%|\{\w+\}")
TAG = re.compile(r"</?(?!bdi)\w+[^>]*>")


def catalogue(locale: str, domain: str, root: Path = ROOT):
    path = root / "elearning" / "locale" / locale / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str, domain: str) -> list:
    return [message for message in catalogue(locale, domain) if message.id]


def identity(message) -> tuple:
    return (message.context, message.id)


def entries(catalogue) -> list[tuple]:
    return [(*identity(message), message.string, message.fuzzy) for message in catalogue if message.id]


def faults(message) -> list[str]:
    """Return what is wrong with an Arabic entry: a missing text, plural form, placeholder or tag."""
    if message.fuzzy:
        return ["is fuzzy"]
    forms = message.string if message.pluralizable else (message.string,)
    sources = message.id if message.pluralizable else (message.id,)
    if message.pluralizable and len(forms) != 6:
        return ["has not six plural forms"]
    if not all(form.strip() if sources[0].strip() else form for form in forms):
        return ["is not translated"]
    needed = {name for source in sources for name in PLACEHOLDER.findall(source)}
    problems = []
    for number, form in enumerate(forms):
        placeholders = set(PLACEHOLDER.findall(form))
        # Arabic has forms for zero, one and two, in which the number itself may be missing.
        may_miss = 1 if message.pluralizable and number < 3 else 0
        if placeholders - needed or len(needed - placeholders) > may_miss:
            problems.append(f"form {number} has other placeholders")
        if sorted(TAG.findall(form)) != sorted(TAG.findall(sources[-1])):
            problems.append(f"form {number} has other tags")
    return problems


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_in_arabic_with_its_placeholders_tags_and_six_plural_forms(domain):
    assert {message.id: faults(message) for message in messages("ar", domain) if faults(message)} == {}
    assert catalogue("ar", domain).num_plurals == 6


@pytest.mark.parametrize(
    ("id", "string", "fault"),
    [
        ("Save", "", "is not translated"),
        ("%(n)s of %(all)s", "%(n)s", "form 0 has other placeholders"),
        ("<b>Now</b>", "الآن", "form 0 has other tags"),
        (("%(n)s day", "%(n)s days"), ("a",) * 2, "has not six plural forms"),
        (("%(n)s day", "%(n)s days"), ("0", "1", "2", "%(n)s", "%(n)s", "5"), "form 5 has other placeholders"),
    ],
)
def test_control_a_broken_entry_is_noticed(id, string, fault):
    broken = catalogue("ar", "djangojs")
    broken.add(id, string)
    assert faults(broken.get(id)) == [fault]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "ar"])
def test_the_other_catalogues_hold_the_same_texts(locale, domain):
    assert {identity(message) for message in messages(locale, domain)} == {
        identity(message) for message in messages("ar", domain)
    }


def test_extracting_again_changes_nothing(tmp_path):
    if not shutil.which("xgettext"):
        assert os.environ.get("REQUIRE_SERVICES") != "1", "GNU gettext is not installed"
        pytest.skip("GNU gettext is not installed: that the catalogues are up to date is not tested")
    for app_name in [*APPS, "templates"]:
        shutil.copytree(
            ROOT / app_name, tmp_path / app_name, ignore=shutil.ignore_patterns("*.pyc", "library", "data", "fonts")
        )
    shutil.copy(ROOT / "manage.py", tmp_path)
    environment = {**os.environ, "VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "elearning.settings"}
    subprocess.run([sys.executable, "manage.py", "makemessages", "-v0"], cwd=tmp_path, env=environment, check=True)
    # Entries, not bytes: another version of gettext may wrap lines differently.
    changed = [
        f"{locale}/{domain}"
        for locale in LOCALES
        for domain in DOMAINS
        if entries(catalogue(locale, domain, tmp_path)) != entries(catalogue(locale, domain))
    ]
    assert changed == [], "run `make messages`"


# Pages and emails ----------------------------------------------------------------------------------------
# Names, marks and units that are the same in every language; a word is four Latin letters or more.
NAMES = {"Plumbline", "UNODC", "ISBN"}
WORD = re.compile(r"[A-Za-z]{4,}")
# Not words: addresses, certificate codes, digests, time zones.
CODE = re.compile(r"\S+@\S+|https?://\S+|\b[\w.-]+/\S+|[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}|(?:\b[0-9a-f]{4}\b\s?){16}")
ZONES = {part for zone in zoneinfo.available_timezones() for part in re.findall(r"[A-Za-z]+", zone)}
READ_TOO = ("aria-label", "title", "alt", "placeholder", "data-up", "data-down", "data-moved")
VOID = {"br", "circle", "col", "hr", "img", "input", "link", "meta", "path", "source", "wbr"}


class Reader(HTMLParser):
    """Collect all text of a page, except what is marked as another language."""

    def __init__(self, titles: list[str]):
        super().__init__()
        self.titles = titles  # of content; a page's <title> cannot mark its language
        self.open: list[tuple[str, bool]] = [("", False)]
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        foreign = self.open[-1][1] or tag in ("script", "style") or attributes.get("dir") == "ltr"
        if "lang" in attributes:
            foreign = attributes["lang"] != "ar"
        if not foreign:
            self.texts += [attributes[name] for name in READ_TOO if attributes.get(name)]
        if tag not in VOID:
            self.open.append((tag, foreign))

    def handle_endtag(self, tag):
        if any(tag == name for name, _foreign in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        tag, foreign = self.open[-1]
        if foreign:
            return
        if tag == "title":
            for title in self.titles:
                data = data.replace(title, " ")
        self.texts.append(data)


def english_words(html: str, names=(), titles=()) -> list[str]:
    """Return the Latin words on an Arabic page, except names."""
    reader = Reader(sorted(titles, key=len, reverse=True))
    reader.feed(html)
    text = "\n".join(reader.texts)
    for name in names:
        text = text.replace(name, " ")
    return sorted({word for word in WORD.findall(CODE.sub(" ", text)) if word not in NAMES | ZONES})


def test_control_a_page_with_english_words_is_noticed():
    """Text and aria-labels are noticed, text marked as English is not."""
    page = '<title>Care - Plumbline</title><p>اسم Save</p><a aria-label="Close">x</a><p lang="en">Read on</p>'
    assert english_words(page, titles=["Care"]) == ["Close", "Save"]


@pytest.fixture
def arabic(settings, tmp_path):
    """Arabic with the catalogue of the working tree, compiled or not."""
    folder = tmp_path / "locale" / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue("ar", "django"))
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    with translation.override("ar"):
        yield


@pytest.fixture
def school(arabic, monkeypatch):
    """The shipped course, loaded with the commands of the product."""
    monkeypatch.setattr(certificate_tasks.deliver, "apply_async", lambda *args, **kwargs: None)
    with translation.override("en"):
        for command in (["load_standards"], ["prepare"], ["load_course", "foundations"]):
            call_command(*command, stdout=io.StringIO())
    return CoursePage.objects.get()


def submit_attempt(enrolment, quiz, right: int):
    """Submit an attempt with so many right answers."""
    attempt = attempts.start(enrolment, quiz)
    for item in attempt.items.select_related("version")[:right]:
        attempts.save(attempt, item, 1, item.version.question_type.key(item.version.content["body"]), False)
    attempts.submit(attempt)
    return attempt


def complete_lessons(learner, course, lessons: int):
    joined = enrolment.join(learner, course.translation_key)
    keys = [step["key"] for step in joined.release.steps if step["kind"] == "lesson"]
    for key in keys[:lessons]:
        progress.complete_step(joined, key)
    return joined


@pytest.mark.django_db
def test_no_page_of_a_learner_falls_back_to_english(school, client, mona, amina, baraka):
    quiz = QuizPage.objects.child_of(school).get()
    opening, lesson = LessonPage.objects.descendant_of(school).live().order_by("path")[:2]
    mona.facility = Facility.objects.create(name="مستشفى", country="EG", region="")
    mona.save()
    began = complete_lessons(mona, school, 1)
    progress.save_note(began, lesson.translation_key, "ملاحظة")
    failing = complete_lessons(baraka, school, 100)
    failed = submit_attempt(failing, quiz, 10)
    running = attempts.start(failing, quiz)
    passed = submit_attempt(complete_lessons(amina, school, 100), quiz, 24)
    certificate = Certificate.objects.get()
    assert delivery.deliver(certificate.pk)
    code, course = certificate.shown_code, "/ar/foundations/"
    items = {item.version.question_type.name: item.position for item in running.items.select_related("version")}
    first = opening.url_path.removeprefix(school.url_path)
    second = lesson.url_path.removeprefix(school.url_path)
    pages = [
        (None, "/ar/"),
        (None, "/ar/courses/"),
        (None, "/ar/courses/?q=ظظظ"),
        (None, "/ar/learning/reports/new/"),
        (None, course),
        (None, course + first),
        (None, f"{course}{quiz.slug}/"),
        (None, "/ar/standards/2020/"),
        (None, "/ar/standards/2020/section/1.3/"),
        (None, "/ar/standards/2020/1.3.6/"),
        (None, "/ar/standards/2020/9.9.9/"),
        (None, "/ar/standards/2020/search/"),
        (None, "/ar/standards/2020/search/?q=HIV"),
        (None, "/ar/standards/2020/search/?q=zzz"),
        (None, "/ar/standards/2020/search/?q=a"),
        (None, "/ar/certificates/"),
        (None, "/ar/certificates/?code=1"),
        (None, f"/ar/certificates/{code}/"),
        (None, "/ar/certificates/0000-0000-0000-0000/"),
        (None, "/ar/accounts/login/"),
        (None, "/ar/accounts/signup/"),
        (None, "/ar/accounts/password/reset/"),
        (None, "/ar/accounts/password/reset/done/"),
        (None, "/ar/accounts/confirm-email/"),
        (None, "/ar/accounts/confirm-email/nothing/"),
        (None, "/ar/accounts/undo/nothing/"),
        (None, "/ar/accounts/password/reset/key/1-nothing/"),
        (None, "/ar/accounts/privacy/"),
        (None, "/ar/accounts/help/"),
        (None, "/ar/nothing-here/"),
        (mona, course),
        (mona, course + first),
        (mona, course + second),
        (mona, f"{course}{quiz.slug}/"),
        (mona, "/ar/learning/"),
        (mona, "/ar/learning/reports/"),
        (mona, f"/ar/learning/reports/new/?page={course + first}"),
        (mona, f"/ar/learning/{began.uuid}/leave/"),
        (mona, "/ar/certificates/mine/"),
        (mona, "/ar/accounts/details/"),
        (mona, "/ar/accounts/email/"),
        (mona, "/ar/accounts/password/change/"),
        (mona, "/ar/accounts/logout/"),
        (baraka, course),
        (baraka, f"{course}{quiz.slug}/"),
        *((baraka, f"/ar/quiz/{running.uuid}/{position}/") for position in items.values()),
        (baraka, f"/ar/quiz/{running.uuid}/hand-in/"),
        (baraka, f"/ar/quiz/{running.uuid}/leave/"),
        (baraka, "/ar/learning/"),
        (baraka, f"/ar/quiz/{failed.uuid}/result/"),
        (baraka, f"/ar/quiz/{failed.uuid}/1/report/"),
        (amina, course),
        (amina, f"{course}{quiz.slug}/"),
        (amina, f"/ar/quiz/{passed.uuid}/result/"),
        (amina, "/ar/learning/"),
        (amina, "/ar/certificates/mine/"),
    ]
    operator = current_operator()
    names = [person.name for person in (mona, amina, baraka)] + [
        mona.get_short_name(),
        operator.name,
        operator.site_name,
    ]
    names += [
        amina.get_short_name(),
        baraka.get_short_name(),
        certificate.issuer,
        certificate.course,
        certificate.edition,
    ]
    titles = [page.title for page in Page.objects.all()] + [school.short_title]
    titles += [section.title for section in Section.objects.all()] + [
        edition.short_title for edition in Edition.objects.all()
    ]
    english = {}
    for person, address in pages:
        client.logout()
        if person:
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        response = client.get(address)
        assert response.headers["Content-Type"].startswith("text/html"), address
        words = english_words(response.content.decode(), names, titles)
        if words or response.status_code not in (200, 403, 404):
            english[f"{address} ({person.name if person else 'a visitor'})"] = [response.status_code, *words]
    assert english == {}


@pytest.mark.django_db
def test_form_errors_are_arabic(arabic, client, mona):
    """The messages of our forms, of Django and of allauth."""
    wrong = {
        "/ar/accounts/login/": {"login": "nobody@example.org", "password": "no"},
        "/ar/accounts/signup/": {"email": "no", "password1": "1", "time_zone": ""},
        "/ar/accounts/password/reset/": {"email": "no"},
        "/ar/accounts/login/?": {},
    }
    operator = current_operator()
    names = [operator.name, operator.site_name, "Mona Adel", "Mona"]
    english = {}
    for address, fields in wrong.items():
        words = english_words(client.post(address, fields).content.decode(), names)
        if words:
            english[address] = words
    client.force_login(mona, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address, fields in {
        "/ar/accounts/details/": {"name": "", "country": "XX"},
        "/ar/accounts/password/change/": {"oldpassword": "no", "password1": "password"},
        "/ar/accounts/email/": {"email": "no", "action_add": "1"},
    }.items():
        words = english_words(client.post(address, fields).content.decode(), names)
        if words:
            english[address] = words
    assert english == {}


EMAIL_KINDS = sorted(path.name.split(".")[0] for path in (ROOT / "templates" / "emails").glob("*.subject.txt"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_every_email_is_arabic(arabic, mona, kind):
    printed = {
        "course": "مبادئ & أسس",
        "name": "منى عادل",
        "shown_code": "K7QM-2X9D-HT4V-RB3P",
        "standing_reason": "خطأ",
    }
    today = timezone.localdate()
    address = "https://learn.example.org/ar/"
    email = outgoing.send(
        kind,
        mona.email,
        {
            "certificate": {**printed, "valid_until": today, "standing_on": today},
            "signs": "\U0001f600",
            "attempt": {"title": "الاختبار الختامي", "uuid": uuid.UUID(int=1)},
            "before": {"score": Decimal("17.5"), "max_score": Decimal(24), "passed": False},
            "mark": {"score": Decimal(18), "max_score": Decimal(24), "passed": True, "reason": "سؤال معيب"},
            "back": True,
            "person_url": address,
            "trail_url": address,
            "password_url": address,
            "later_url": address,
            "course": {"title": "مبادئ & أسس"},
            "release": {"note": "الجرعة 5 ملغ", "language": "ar"},
            "steps": [{"title": "الجرعات", "language": "ar"}],
            "problem": {"title": "الجرعات", "text": "الجرعة 5 ملغ", "answer": "صُحّحت"},
            **{"count": 3, "harmful": 1},
            "what": changes.SENTENCES[AccountChange.Kind.CODES],
            "until": today,
            "undo_url": address,
            **dict.fromkeys(("verify_url", "activate_url", "password_reset_url", "signup_url"), address),
        },
        key=kind,
        user=mona,
    )
    operator = current_operator()
    names = [operator.name, operator.site_name, mona.name]
    assert email.language == "ar"
    assert {
        part: english_words(text, names) for part, text in vars(email).items() if part in ("subject", "text", "html")
    } == {
        "subject": [],
        "text": [],
        "html": [],
    }
    assert "&amp;" not in email.subject + email.text
    assert 'lang="ar" dir="rtl"' in email.html


def test_a_certificate_is_labelled_in_arabic(arabic):
    completed, until, issued = DAYS
    facts = PrintedFields(
        code="K7QM", name="منى", course="أسس", course_code="C1", hours=Decimal(3), score=Decimal(21), max_score=Decimal(24),
        edition="طبعة", release="1.0", completed_on=completed, valid_until=until, issued_on=issued, issuer="جهة", language="ar",
    )  # fmt: skip
    printed_lines = lines(facts)
    assert english_words("\n".join(f"{line.label}: {line.value}" for line in printed_lines) + no_endorsement()) == []
    assert [line.value for line in printed_lines[1:4]] == ["3", "نجاح، 21 من 24", "27 نوفمبر 2026"]


def test_a_date_is_written_in_full_with_western_digits(arabic):
    assert date_format(datetime.date(2026, 11, 27)) == "27 نوفمبر 2026"
    assert date_format(datetime.datetime(2026, 11, 27, 14, 39), "DATETIME_FORMAT") == "27 نوفمبر 2026، 14:39"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "لا دروس"), (1, "درس واحد"), (2, "درسان"), (3, "3 دروس"), (11, "11 درسًا"), (100, "100 درس")],
)
def test_a_number_of_lessons_has_the_right_plural_form(arabic, number, words):
    text = ngettext("%(n)s lesson", "%(n)s lessons", number) % {"n": number}
    assert text == words
