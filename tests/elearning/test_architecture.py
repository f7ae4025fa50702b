"""The arrows of the house hold for foreign keys too, and every guarantee that code alone could break is checked."""

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
GIVEN = {"elearning", "courses", "quizzes", "certificates", "accounts", "standards", "programmes", "privacy"}


def level(app_name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if app_name in layer)


def may_point(source: str, target: str) -> bool:
    """Whether a foreign key of `source` may name a model of `target`: itself or a app_name to the right."""
    return source == target or level(target) > level(source)


def python_files():
    for app_name in APPS:
        for path in (ROOT / app_name).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_the_rooms_are_the_ones_of_the_design():
    assert set(APPS) == GIVEN


def test_foreign_keys_point_to_the_right_only():
    wrong = []
    for model in apps.get_models():
        app_name = model._meta.app_label
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if app_name in APPS and field.concrete and target and not isinstance(target, str):
                other = target._meta.app_label
                if other in APPS and not may_point(app_name, other):
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
def test_the_rule_itself_can_say_no(source, target, allowed):
    assert may_point(source, target) is allowed


def test_no_import_hides_inside_a_function():
    """All imports stand at the top; an inline one needs a named reason, in a comment on its line."""
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


def test_no_signals_between_rooms():
    """A receiver may listen to a model of its own app_name, or to a library; never to another app_name's model."""
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
        wrong += [f"{path}: {name}" for name in senders if imported.get(name) in GIVEN - {app_name}]
    assert wrong == []


def test_tasks_are_woken_through_the_one_base_class_with_plain_arguments():
    """Reliability R15: no countdown, no eta; outside tasks.py a task is woken after commit only."""
    wrong = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            if any(keyword.arg in ("eta", "countdown") for keyword in node.keywords):
                wrong.append(f"{where} plans a task for later; write a row with due_at instead")
            if node.func.attr in ("delay", "apply_async", "send_task") and path.name not in ("tasks.py", "celery.py"):
                wrong.append(f"{where} wakes a task inside the transaction; use delay_on_commit")
    assert wrong == []


def test_layout_uses_logical_properties_only():
    css = (ROOT / "elearning/static/style.css").read_text()
    physical = ("margin-left", "margin-right", "padding-left", "padding-right", "text-align: left", "text-align: right",
                "border-left", "border-right", "float:")  # fmt: skip
    assert [word for word in physical if word in css] == []


def test_templates_carry_no_inline_style_or_script():
    """The content security policy will allow neither; an e-mail has no stylesheet and is excepted."""
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
