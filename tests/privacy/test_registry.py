"""Every place that can hold data about a person is declared in an app's privacy.py, and no declaration is stale."""

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
TECHNICAL_PATHS = {
    "VAR",
    "BROKER",
    "STATIC_ROOT",
    "CELERY_BEAT_SCHEDULE_FILENAME",
}  # broker messages hold primary keys, see below
# Models and fields that exist on one database only.
ONLY_ON = {
    "wagtailsearch.SQLiteFTSIndexEntry": "sqlite",
    "wagtailsearch.IndexEntry.body_text": "postgresql",
    "wagtailsearch.IndexEntry.title_text": "postgresql",
}


def fields_of(model: type[models.Model]) -> set[str]:
    return {field.name for field in (*model._meta.local_fields, *model._meta.local_many_to_many)}


def declarations(registers) -> dict[str, ModelPrivacy]:
    return {declaration.model: declaration for register in registers for declaration in register.models}


def wrong_fields(all_models, registers) -> list[str]:
    """Return the fields that are not declared, are declared but do not exist, or are declared twice."""
    declared = declarations(registers)
    models_by_label = {model._meta.label: model for model in all_models if not model._meta.proxy}
    wrong = [f"{label} is not declared" for label in sorted(models_by_label.keys() - declared.keys())]
    missing = {label for label in declared.keys() - models_by_label.keys() if _exists(label)}
    wrong += [f"{label} is declared and not there" for label in sorted(missing)]
    for label in sorted(models_by_label.keys() & declared.keys()):
        existing, listed = fields_of(models_by_label[label]), declared[label].declared()
        wrong += [f"{label}.{name} is not declared" for name in sorted(existing - listed)]
        stale = sorted(name for name in listed - existing if _exists(f"{label}.{name}"))
        wrong += [f"{label}.{name} is declared and not there" for name in stale]
        personal = {
            name for part in declared[label].personal_fields for name in f"{part.fields} {part.withheld}".split()
        }
        wrong += [f"{label}.{name} is both" for name in sorted(personal & set(declared[label].technical.split()))]
    return wrong


def _exists(label: str) -> bool:
    return ONLY_ON.get(label, connection.vendor) == connection.vendor


def people_in_technical_fields(all_models, registers) -> list[str]:
    """Return the foreign keys to people that are declared as technical."""
    declared = declarations(registers)
    return [
        f"{model._meta.label}.{field.name}"
        for model in all_models
        if model._meta.label in declared
        for field in model._meta.local_fields
        if field.related_model is User and field.name in declared[model._meta.label].technical.split()
    ]


def wrong_tasks(celery, registers) -> list[str]:
    declared = {name: arguments for register in registers for name, arguments in register.tasks.items()}
    existing = {
        name: " ".join(inspect.signature(task.run).parameters)
        for name, task in celery.tasks.items()
        if not name.startswith("celery.")
    }
    wrong = [f"task {name} is not declared" for name in sorted(existing.keys() - declared.keys())]
    wrong += [f"task {name} is declared and not there" for name in sorted(declared.keys() - existing.keys())]
    return wrong + [
        f"task {name} takes ({existing[name]})"
        for name in sorted(existing.keys() & declared.keys())
        if existing[name] != declared[name]
    ]


CACHE_CALL = re.compile(
    r"\bcaches?(?:\[[^]]*\])?\.(?:set|get|add|get_or_set|incr|touch|set_many)\(\s*(f?[\"'][^\"']*[\"']|[A-Za-z_.]+)"
)


def cache_keys(sources: dict[str, str]) -> dict[str, str]:
    """Return {first part of a cache key: file}. A key that cannot be read is given as its expression."""
    places = {}
    for name, text in sources.items():
        for match in CACHE_CALL.finditer(text):
            key = match[1]
            if key[-1] not in "\"'":
                constant = re.search(rf"^{re.escape(key)} = f?[\"']([^\"']*)[\"']", text, re.MULTILINE)
                key = constant[1] if constant else f"?{key}"
            places[re.split(r"\{", key.lstrip("f").strip("\"'"))[0]] = name
    return places


# storage() is a store that another script passes in, with `prefix: …` for its keys where it is unsent.js.
STORE = re.compile(
    r"(\blocalStorage\b|\bsessionStorage\b|\bindexedDB\b|\bcaches\b|\bstorage\(\))(?:\[([^]]+)\]|\.\w+\(([^,)]+))?"
    r"|\bprefix: ([`\"'][^`\"']+[`\"'])"
)
NO_ACCESS = re.compile(
    r"//.*|Object\.keys\([\w.]+(?:\(\))?\)|\bstorage: \(\) => (?:local|session)Storage\b"
    r"|\bstorage: \(\) => \(\w+\.person \? localStorage : undefined\)"
)


def browser_stores(scripts: dict[str, str]) -> dict[str, str]:
    """Return {first part of a key in a browser store: script}."""
    places = {}
    for name, text in scripts.items():
        # Comments about a store, listing its keys and passing it on store nothing.
        for match in STORE.finditer(NO_ACCESS.sub("", text)):
            key = (match[2] or match[3] or match[4] or "?").split(" + ")[0].strip()
            if key == "prefix" and re.search(r"function \w+\(\{[^}]*\bprefix\b", text):
                continue  # the script that passes it in has the key
            if key[0] not in "`\"'":
                constant = re.search(rf"\b(?:const|let) {re.escape(key)} = ([`\"'][^`\"']*[`\"'])", text)
                key = constant[1] if constant else f"?{key}"
            places[key.strip("`\"'").split("${")[0]] = name
    return places


def compare(kind: str, existing, declared) -> list[str]:
    existing, declared = set(existing), set(declared)
    return [f"{kind} {name} is not declared" for name in sorted(existing - declared)] + [
        f"{kind} {name} is declared and not there" for name in sorted(declared - existing)
    ]


def declared(attribute: str, registers=registry.REGISTERS) -> set[str]:
    return {name for register in registers for name in getattr(register, attribute)}


def sources(pattern: str, *folders: str) -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in folders
        for path in (ROOT / folder).rglob(pattern)
        if "migrations" not in path.parts
    }


def test_every_field_of_every_model_is_declared():
    assert wrong_fields(apps.get_models(), registry.REGISTERS) == []


def test_no_foreign_key_to_a_person_is_declared_as_technical():
    assert people_in_technical_fields(apps.get_models(), registry.REGISTERS) == []


def test_every_task_takes_the_declared_arguments_which_are_primary_keys():
    app.loader.import_default_modules()
    assert wrong_tasks(app, registry.REGISTERS) == []
    assert {arguments for register in registry.REGISTERS for arguments in register.tasks.values()} == {"", "pk"}


def test_every_cache_key_is_declared():
    assert compare("cache key", cache_keys(sources("*.py", *APPS)), declared("caches")) == []


def test_every_store_in_the_browser_is_declared():
    scripts = sources("*.js", "elearning/static")
    assert scripts
    assert compare("store", browser_stores(scripts), declared("stores")) == []


def test_every_table_without_a_model_is_declared(transactional_db):
    call_command("createcachetable")
    model_tables = {name for model in apps.get_models(include_auto_created=True) for name in [model._meta.db_table]}
    shadows = {
        name for name in connection.introspection.table_names() if name.startswith("wagtailsearch_indexentry_fts")
    }
    tables = set(connection.introspection.table_names()) - model_tables - shadows
    assert compare("table", tables, declared("tables")) == []


def test_every_folder_the_product_writes_is_declared():
    assert compare("folder", written_folders() - TECHNICAL_PATHS, declared("folders")) == []


@pytest.mark.parametrize("name", ["CERTIFICATE_ROOT", "COPIES_ROOT", "ERASURE_LOG", "MEDIA_ROOT"])
def test_control_an_undeclared_folder_is_reported(name):
    assert compare("folder", written_folders() - TECHNICAL_PATHS, declared("folders") - {name}) != []


def written_folders() -> set[str]:
    """Return the settings that name a path below VAR, in the product's own values: a test has other folders."""
    values = vars(product_settings)
    paths = {name: str(value) for name, value in values.items() if name.isupper() and isinstance(value, Path | str)}
    return {name for name, path in paths.items() if path.startswith(str(values["VAR"]))}


@pytest.mark.django_db
def test_pages_set_declared_cookies_only(client, amina, administrator):
    course = factories.course()
    names: set[str] = set()

    def open_page(address, **form):
        response = client.post(address, form) if form else client.get(address)
        assert response.status_code < 400, address
        names.update(response.cookies)

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
    assert names <= declared("cookies")
    assert {"sessionid", "csrftoken"} <= names


class TestTheCheckersThemselves:
    """Each checker reports a planted error."""

    @isolate_apps("accounts")
    def test_a_planted_model_and_a_planted_field(self):
        class Diary(models.Model):
            secret = models.TextField()

            class Meta:
                app_label = "accounts"

        assert wrong_fields([*apps.get_models(), Diary], registry.REGISTERS) == ["accounts.Diary is not declared"]
        changed = replace(registry.REGISTERS[-1], models=(ModelPrivacy("accounts.Diary", (), "id"),))
        assert wrong_fields([Diary], [changed]) == ["accounts.Diary.secret is not declared"]

    def test_a_stale_declaration(self):
        changed = Register(
            models=(
                ModelPrivacy("accounts.Facility", (), "id name country region colour"),
                ModelPrivacy("accounts.Gone"),
            )
        )
        assert wrong_fields([apps.get_model("accounts.Facility")], [changed]) == [
            "accounts.Gone is declared and not there",
            "accounts.Facility.colour is declared and not there",
        ]

    def test_a_person_hidden_among_the_technical_fields(self):
        changed = Register(models=(ModelPrivacy("courses.Enrolment", (), "learner"),))
        assert people_in_technical_fields([apps.get_model("courses.Enrolment")], [changed]) == [
            "courses.Enrolment.learner"
        ]

    def test_a_planted_task_and_a_planted_argument(self):
        def tell(name): ...
        def send(pk, email): ...

        runs = {"accounts.tasks.tell": tell, "accounts.emails.tasks.deliver_email": send}
        planted = SimpleNamespace(tasks={name: SimpleNamespace(run=run) for name, run in runs.items()})
        changed = Register(models=(), tasks={"accounts.emails.tasks.deliver_email": "pk", "accounts.tasks.old": "pk"})
        assert wrong_tasks(planted, [changed]) == [
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
        passed_on = browser_stores(
            {
                "a.js": "keep({ storage: () => localStorage }); keep(sessionStorage)",
                "b.js": "const p = `note:${id}`; storage().setItem(p + key, 1); Object.keys(storage())",
                "c.js": "function make({ storage, prefix }) { storage().setItem(prefix + key, 1) }",
                "d.js": "make({ storage: () => localStorage, prefix: `draft:${id}:` })",
            }
        )
        assert set(passed_on) == {"??", "note:", "draft:"}
        assert compare("store", {"who"}, {"old"}) == [
            "store who is not declared",
            "store old is declared and not there",
        ]


def test_the_public_page_shows_every_purpose(client, db):
    page = client.get(reverse("privacy")).content.decode()
    purposes = registry.purposes()
    assert len(purposes) > 8
    for purpose in purposes:
        for words in (purpose.what, purpose.why, purpose.who, purpose.how_long):
            assert str(words) in page


def test_every_lookup_is_valid_and_every_unnamed_field_is_nullable():
    """An invalid lookup would silently erase nothing."""
    for declaration in declarations(registry.REGISTERS).values():
        for personal in declaration.personal_fields:
            if personal.lookup and _exists(declaration.model):
                str(personal.of(declaration.model_class(), User(pk=1)).query)
            if personal.on_erasure is OnErasure.UNNAMED and personal.lookup:
                field = declaration.model_class()._meta.get_field(personal.lookup)
                assert field.null, (declaration.model, personal.lookup)
