"""Whatever can hold something about a person is declared in an app's privacy.py; undeclared or stale is red."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps
from django.urls import reverse

from accounts.models import User
from accounts.privacy_register import ModelPrivacy, OnErasure, Register
from elearning import settings as product_settings
from elearning.celery import app
from privacy import registry
from tests.support import factories
from tests.support.apps import APPS

ROOT = Path(settings.BASE_DIR)
MACHINERY = {"VAR", "BROKER", "STATIC_ROOT", "CELERY_BEAT_SCHEDULE_FILENAME"}  # messages: numbers of rows, see below
# What is there on one database only.
ONLY_ON = {
    "wagtailsearch.SQLiteFTSIndexEntry": "sqlite",
    "wagtailsearch.IndexEntry.body_text": "postgresql",
    "wagtailsearch.IndexEntry.title_text": "postgresql",
}


def fields_of(model: type[models.Model]) -> set[str]:
    return {found.name for found in (*model._meta.local_fields, *model._meta.local_many_to_many)}


def holdings(registers) -> dict[str, ModelPrivacy]:
    return {holding.model: holding for register in registers for holding in register.models}


def wrong_fields(found_models, registers) -> list[str]:
    """What is in the models and not declared, declared and not there, or declared twice."""
    declared = holdings(registers)
    found = {model._meta.label: model for model in found_models if not model._meta.proxy}
    wrong = [f"{label} is not declared" for label in sorted(found.keys() - declared.keys())]
    missing = {label for label in declared.keys() - found.keys() if _here(label)}
    wrong += [f"{label} is declared and not there" for label in sorted(missing)]
    for label in sorted(found.keys() & declared.keys()):
        there, told = fields_of(found[label]), declared[label].declared()
        wrong += [f"{label}.{name} is not declared" for name in sorted(there - told)]
        gone = sorted(name for name in told - there if _here(f"{label}.{name}"))
        wrong += [f"{label}.{name} is declared and not there" for name in gone]
        personal = {
            name for about in declared[label].personal_fields for name in f"{about.fields} {about.withheld}".split()
        }
        wrong += [f"{label}.{name} is both" for name in sorted(personal & set(declared[label].technical.split()))]
    return wrong


def _here(what: str) -> bool:
    return ONLY_ON.get(what, connection.vendor) == connection.vendor


def people_in_technical_fields(found_models, registers) -> list[str]:
    """A foreign key to a person says something about a person."""
    declared = holdings(registers)
    return [
        f"{model._meta.label}.{field.name}"
        for model in found_models
        if model._meta.label in declared
        for field in model._meta.local_fields
        if field.related_model is User and field.name in declared[model._meta.label].technical.split()
    ]


def wrong_tasks(celery, registers) -> list[str]:
    declared = {name: told for register in registers for name, told in register.tasks.items()}
    there = {
        name: " ".join(inspect.signature(task.run).parameters)
        for name, task in celery.tasks.items()
        if not name.startswith("celery.")
    }
    wrong = [f"task {name} is not declared" for name in sorted(there.keys() - declared.keys())]
    wrong += [f"task {name} is declared and not there" for name in sorted(declared.keys() - there.keys())]
    return wrong + [
        f"task {name} takes ({there[name]})"
        for name in sorted(there.keys() & declared.keys())
        if there[name] != declared[name]
    ]


CACHE_CALL = re.compile(
    r"\bcaches?(?:\[[^]]*\])?\.(?:set|get|add|get_or_set|incr|touch|set_many)\(\s*(f?[\"'][^\"']*[\"']|[A-Za-z_.]+)"
)


def cache_keys(sources: dict[str, str]) -> dict[str, str]:
    """First part of every key that goes into the cache, and where; a key that cannot be read is its expression."""
    found = {}
    for name, text in sources.items():
        for match in CACHE_CALL.finditer(text):
            key = match[1]
            if key[-1] not in "\"'":
                constant = re.search(rf"^{re.escape(key)} = f?[\"']([^\"']*)[\"']", text, re.MULTILINE)
                key = constant[1] if constant else f"?{key}"
            found[re.split(r"\{", key.lstrip("f").strip("\"'"))[0]] = name
    return found


# storage() is what a script calls a store that another script hands to it.
STORE = re.compile(
    r"(\blocalStorage\b|\bsessionStorage\b|\bindexedDB\b|\bcaches\b|\bstorage\(\))(?:\[([^]]+)\]|\.\w+\(([^,)]+))?"
)
KEEPS_NOTHING = re.compile(r"//.*|Object\.keys\([\w.]+(?:\(\))?\)|\bstorage: \(\) => (?:local|session)Storage\b")


def browser_stores(scripts: dict[str, str]) -> dict[str, str]:
    """First part of every key a script of ours keeps in the browser, and where."""
    found = {}
    for name, text in scripts.items():
        # What is said about a store, asking which keys it has and handing it on keep nothing there.
        for match in STORE.finditer(KEEPS_NOTHING.sub("", text)):
            key = (match[2] or match[3] or "?").split(" + ")[0].strip()
            if key[0] not in "`\"'":
                constant = re.search(rf"\b(?:const|let) {re.escape(key)} = ([`\"'][^`\"']*[`\"'])", text)
                key = constant[1] if constant else f"?{key}"
            found[key.strip("`\"'").split("${")[0]] = name
    return found


def compare(kind: str, there, declared) -> list[str]:
    there, declared = set(there), set(declared)
    return [f"{kind} {name} is not declared" for name in sorted(there - declared)] + [
        f"{kind} {name} is declared and not there" for name in sorted(declared - there)
    ]


def declared(what: str, registers=registry.REGISTERS) -> set[str]:
    return {name for register in registers for name in getattr(register, what)}


def sources(pattern: str, *folders: str) -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in folders
        for path in (ROOT / folder).rglob(pattern)
        if "migrations" not in path.parts
    }


def test_every_field_of_every_model_is_declared():
    assert wrong_fields(apps.get_models(), registry.REGISTERS) == []


def test_no_foreign_key_to_a_person_is_called_technical():
    assert people_in_technical_fields(apps.get_models(), registry.REGISTERS) == []


def test_every_task_takes_the_declared_arguments_and_those_are_numbers_of_rows():
    app.loader.import_default_modules()
    assert wrong_tasks(app, registry.REGISTERS) == []
    assert {told for register in registry.REGISTERS for told in register.tasks.values()} == {"", "pk"}


def test_every_cache_key_is_declared():
    assert compare("cache key", cache_keys(sources("*.py", *APPS)), declared("caches")) == []


def test_every_store_in_the_browser_is_declared():
    scripts = sources("*.js", "elearning/static")
    assert scripts
    assert compare("store", browser_stores(scripts), declared("stores")) == []


def test_every_table_without_a_model_is_declared(transactional_db):
    call_command("createcachetable")
    ours = {name for model in apps.get_models(include_auto_created=True) for name in [model._meta.db_table]}
    shadows = {
        name for name in connection.introspection.table_names() if name.startswith("wagtailsearch_indexentry_fts")
    }
    found = set(connection.introspection.table_names()) - ours - shadows
    assert compare("table", found, declared("tables")) == []


def test_every_folder_the_product_writes_is_declared():
    assert compare("folder", written_folders() - MACHINERY, declared("folders")) == []


@pytest.mark.parametrize("name", ["CERTIFICATE_ROOT", "COPIES_ROOT", "ERASURE_LOG", "MEDIA_ROOT"])
def test_control_a_folder_that_nobody_declared_is_named(name):
    assert compare("folder", written_folders() - MACHINERY, declared("folders") - {name}) != []


def written_folders() -> set[str]:
    """Settings that name a place below VAR; as the product has them, for a test has folders of its own."""
    told = vars(product_settings)
    places = {name: str(value) for name, value in told.items() if name.isupper() and isinstance(value, Path | str)}
    return {name for name, place in places.items() if place.startswith(str(told["VAR"]))}


@pytest.mark.django_db
def test_a_walk_through_the_product_sets_no_other_cookie(client, amina, administrator):
    course = factories.course()
    seen: set[str] = set()

    def open_page(address, **form):
        answer = client.post(address, form) if form else client.get(address)
        assert answer.status_code < 400, address
        seen.update(answer.cookies)

    for address in ("/en/", "/ar/courses/", reverse("account_login"), reverse("account_signup"), reverse("privacy")):
        open_page(address)
    open_page(reverse("account_login"), login=amina.email, password="correct horse battery")
    for address in (
        course.url,
        reverse("learning"),
        reverse("profile"),
        reverse("your_data"),
        reverse("certificates:mine"),
    ):
        open_page(address)
    client.force_login(administrator)
    for name in ("wagtailadmin_home", "wagtailusers_users:index", "audit_trail", "completion_report", "register:index"):
        open_page(reverse(name))
    assert seen <= declared("cookies")
    assert {"sessionid", "csrftoken"} <= seen


class TestTheCheckersThemselves:
    """Each can say no: what is planted is found."""

    @isolate_apps("accounts")
    def test_a_planted_model_and_a_planted_field(self):
        class Diary(models.Model):
            secret = models.TextField()

            class Meta:
                app_label = "accounts"

        assert wrong_fields([*apps.get_models(), Diary], registry.REGISTERS) == ["accounts.Diary is not declared"]
        told = replace(registry.REGISTERS[-1], holdings=(ModelPrivacy("accounts.Diary", (), "id"),))
        assert wrong_fields([Diary], [told]) == ["accounts.Diary.secret is not declared"]

    def test_a_stale_declaration(self):
        told = Register(
            models=(
                ModelPrivacy("accounts.Facility", (), "id name country region colour"),
                ModelPrivacy("accounts.Gone"),
            )
        )
        assert wrong_fields([apps.get_model("accounts.Facility")], [told]) == [
            "accounts.Gone is declared and not there",
            "accounts.Facility.colour is declared and not there",
        ]

    def test_a_person_hidden_among_the_technical_fields(self):
        told = Register(holdings=(ModelPrivacy("courses.Enrolment", (), "learner"),))
        assert people_in_technical_fields([apps.get_model("courses.Enrolment")], [told]) == [
            "courses.Enrolment.learner"
        ]

    def test_a_planted_task_and_a_planted_argument(self):
        def tell(name): ...
        def send(pk, email): ...

        runs = {"accounts.tasks.tell": tell, "accounts.emails.tasks.deliver_email": send}
        planted = SimpleNamespace(tasks={name: SimpleNamespace(run=run) for name, run in runs.items()})
        told = Register(holdings=(), tasks={"accounts.emails.tasks.deliver_email": "pk", "accounts.tasks.old": "pk"})
        assert wrong_tasks(planted, [told]) == [
            "task accounts.tasks.tell is not declared",
            "task accounts.tasks.old is declared and not there",
            "task accounts.emails.tasks.deliver_email takes (pk email)",
        ]

    def test_planted_cache_keys_and_stores(self):
        keys = cache_keys(
            {"a.py": 'cache.set(f"mail:{email}", 1)\nKEY = "known"\ncache.get(KEY)\ncache.add(made(), 1)'}
        )
        assert set(keys) == {"mail:", "known", "?made"}
        stores = browser_stores(
            {"a.js": 'const n = `draft:${id}`; localStorage[n] = 1; sessionStorage.setItem("who", me)'}
        )
        assert set(stores) == {"draft:", "who"}
        handed_on = browser_stores(
            {
                "a.js": "keep({ storage: () => localStorage }); keep(sessionStorage)",
                "b.js": "const p = `note:${id}`; storage().setItem(p + key, 1); Object.keys(storage())",
            }
        )
        assert set(handed_on) == {"??", "note:"}
        assert compare("store", {"who"}, {"old"}) == [
            "store who is not declared",
            "store old is declared and not there",
        ]


def test_every_topic_says_what_why_who_and_how_long_on_the_public_page(client, db):
    page = client.get(reverse("privacy")).content.decode()
    topics = registry.purposes()
    assert len(topics) > 8
    for topic in topics:
        for words in (topic.what, topic.why, topic.who, topic.how_long):
            assert str(words) in page


def test_whatever_is_deleted_or_unnamed_by_its_declaration_can_be_found_by_it():
    """A path that leads nowhere would erase nothing, silently."""
    for holding in holdings(registry.REGISTERS).values():
        for about in holding.personal_fields:
            if about.lookup and _here(holding.model):
                str(about.of(holding.model_class(), User(pk=1)).query)
            if about.on_erasure is OnErasure.UNNAMED and about.lookup:
                assert holding.model_class()._meta.get_field(about.lookup).null, (holding.model, about.lookup)
