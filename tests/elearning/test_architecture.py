"""Architecture rules that import-linter does not check: keys, inline imports, signals, tasks, styles, templates."""

import ast
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = [[app_name.strip() for app_name in layer.split("|")] for layer in CONTRACT["contracts"][0]["layers"]]
APPS = [app_name for layer in LAYERS for app_name in layer]
DESIGNED_APPS = {"elearning", "courses", "quizzes", "certificates", "accounts", "standards", "programmes", "privacy"}


def level(app_name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if app_name in layer)


def may_refer_to(source: str, target: str) -> bool:
    """Return whether a foreign key of app `source` may refer to app `target`: the same app or a lower layer."""
    return source == target or level(target) > level(source)


def python_files():
    for app_name in APPS:
        for path in (ROOT / app_name).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_the_apps_are_those_of_the_design():
    assert set(APPS) == DESIGNED_APPS


def test_foreign_keys_refer_to_lower_layers_only():
    wrong = []
    for model in apps.get_models():
        app_name = model._meta.app_label
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if app_name in APPS and field.concrete and target and not isinstance(target, str):
                other = target._meta.app_label
                if other in APPS and not may_refer_to(app_name, other):
                    wrong.append(f"{model.__name__}.{field.name} -> {target.__name__}")
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("courses", "certificates", True),
        ("certificates", "courses", False),
        ("certificates", "standards", False),
        ("standards", "certificates", False),
        ("accounts", "accounts", True),
        ("accounts", "quizzes", False),
    ],
)
def test_control_the_layer_rule_refuses(source, target, allowed):
    assert may_refer_to(source, target) is allowed


def test_a_foreign_key_has_no_second_index():
    """Where a constraint or an index begins with the key, it serves: an index of the key alone is only written.

    Many rows are answers, each saved while somebody waits.
    """
    doubled = []
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model._meta.proxy:
            continue
        whole = [
            item for item in (*model._meta.constraints, *model._meta.indexes) if not getattr(item, "condition", None)
        ]
        first = {item.fields[0].lstrip("-") for item in whole if getattr(item, "fields", None)}
        keys = [field for field in model._meta.local_fields if field.many_to_one and field.name in first]
        doubled += [f"{model.__name__}.{field.name}" for field in keys if field.db_index]
    assert doubled == []


def test_imports_are_at_the_top_of_a_module():
    """An import inside a function needs a reason in a comment on its line."""
    hidden = []
    for path in python_files():
        source = path.read_text()
        lines = source.splitlines()
        tree = ast.parse(source)
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom) and "#" not in lines[node.lineno - 1]:
                        hidden.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert hidden == []


def test_no_signals_between_apps():
    """A receiver may listen to models of its own app and of libraries, not to models of our other apps."""
    wrong = []
    for path in python_files():
        app_name = path.relative_to(ROOT).parts[0]
        source = path.read_text()
        if "@receiver(" not in source:
            continue
        imported = {
            alias.name: (node.module or "").split(".")[0]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        senders = {
            keyword.value.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "sender" and isinstance(keyword.value, ast.Name)
        }
        wrong += [f"{path}: {name}" for name in senders if imported.get(name) in DESIGNED_APPS - {app_name}]
    assert wrong == []


def test_tasks_are_sent_after_commit_and_without_delay():
    """No task has a countdown or eta, and outside tasks.py tasks are sent after commit only."""
    wrong = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            location = f"{path.relative_to(ROOT)}:{node.lineno}"
            if any(keyword.arg in ("eta", "countdown") for keyword in node.keywords):
                wrong.append(f"{location} schedules a task; write a row with due_at instead")
            if node.func.attr in ("delay", "apply_async", "send_task") and path.name not in ("tasks.py", "celery.py"):
                wrong.append(f"{location} sends a task inside the transaction; use delay_on_commit")
    assert wrong == []


def test_layout_uses_logical_properties_only():
    css = (ROOT / "elearning/static/style.css").read_text()
    physical = ("margin-left", "margin-right", "padding-left", "padding-right", "text-align: left", "text-align: right",
                "border-left", "border-right", "float:")  # fmt: skip
    assert [word for word in physical if word in css] == []


def test_templates_have_no_inline_style_or_script():
    """The content security policy allows neither. Emails are excepted, since they have no stylesheet."""
    wrong = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if "emails" in path.parts:
            continue
        if " style=" in text or "<style" in text or " onclick=" in text or "javascript:" in text:
            wrong.append(str(path.relative_to(ROOT)))
        if "<script>" in text:
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
