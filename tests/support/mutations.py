"""Cut one protection out of the running product, and restore it.

A mutation names a function, the exact part of its source that protects, and the text that replaces it. The function is
compiled anew from the changed source and put in the place of the old one, wherever that is already known.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

from django.urls import URLPattern

from tests.access.url_patterns import url_patterns
from tests.support.apps import APPS


@dataclass(frozen=True)
class Mutation:
    """Replace `cut` with `put` in the source of `where` (module:qualified name)."""

    where: str
    cut: str
    put: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {' '.join(self.cut.split())!r} -> {' '.join(self.put.split())!r}"

    @contextmanager
    def made(self) -> Iterator[None]:
        name, _, path = self.where.partition(":")
        module = importlib.import_module(name)
        node, source = self._source(module, path)
        mutant = self._compiled(module, path, textwrap.dedent(self._changed(source)))
        owner, _, function = path.rpartition(".")
        holder = functools.reduce(getattr, owner.split("."), module) if owner else module
        if isinstance(node, ast.Assign):
            with replaced(holder, function, mutant):
                yield
        elif self.cut.lstrip().startswith("@") or not isinstance(inspect.unwrap(raw(holder, function)), FunctionType):
            with everywhere(raw(holder, function), mutant, holder, function):
                yield
        else:
            with other_code(inspect.unwrap(raw(holder, function)), inspect.unwrap(mutant)):
                yield

    def _source(self, module: ModuleType, path: str) -> tuple[ast.AST, str]:
        whole = inspect.getsource(module)
        node: ast.AST = ast.parse(whole)
        for part in path.split("."):
            node = next(child for child in node.body if part in names_of(child))
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        return node, "\n".join(whole.splitlines()[first - 1 : node.end_lineno]) + "\n"

    def _changed(self, source: str) -> str:
        assert source.count(self.cut) == 1, f"{self.where} has {self.cut!r} {source.count(self.cut)} times:\n{source}"
        return source.replace(self.cut, self.put)

    def _compiled(self, module: ModuleType, path: str, source: str):
        """Compile the changed source. Return the object, whose methods can use super()."""
        owner, _, name = path.rpartition(".")
        tree = ast.parse(source)
        if not isinstance(tree.body[0], ast.Assign) and not self.cut.lstrip().startswith("@"):
            tree.body[0].decorator_list = [
                decorator for decorator in tree.body[0].decorator_list if is_builtin(decorator)
            ]
        make = ast.parse("def make(__class__):\n    return None").body[0]
        make.body = [*tree.body, ast.parse(f"def f():\n    return {name}").body[0].body[0]]
        made: dict = {}
        code = compile(ast.fix_missing_locations(ast.Module([make], [])), f"<mutant of {self.where}>", "exec")
        exec(code, module.__dict__, made)
        return made["make"](functools.reduce(getattr, owner.split("."), module) if owner else None)


def names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.name] if hasattr(node, "name") else []


def is_builtin(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id in ("property", "classmethod", "staticmethod")


def raw(holder, name: str):
    """Return the attribute as stored in the holder, without the descriptor protocol."""
    return holder.__dict__[name]


@contextmanager
def replaced(holder, name: str, value) -> Iterator[None]:
    before = holder.__dict__[name]
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, before)


@contextmanager
def other_code(function: FunctionType, mutant: FunctionType) -> Iterator[None]:
    """Replace the code of the function, so that all references to it and its decorated views use the mutant."""
    made_by = {code.co_name: code for code in inner(mutant.__code__)}
    before = [(function, function.__code__), *decorated_by(function)]
    function.__code__ = mutant.__code__
    for view, code in before[1:]:
        view.__code__ = made_by[code.co_name]
    try:
        yield
    finally:
        for changed, code in before:
            changed.__code__ = code


def inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def decorated_by(function: FunctionType) -> list[tuple[FunctionType, CodeType]]:
    """Return the views of the resolver that this function has decorated."""
    made_here = inner(function.__code__)
    views = [layer for pattern in url_patterns().values() for layer in layers(pattern.django_pattern.callback)]
    return [(view, view.__code__) for view in views if view.__code__ in made_here]


def layers(view) -> Iterator[FunctionType]:
    """Yield the view and the functions that it wraps."""
    while view is not None:
        if isinstance(view, FunctionType):
            yield view
        view = getattr(view, "__wrapped__", None)


@contextmanager
def everywhere(old, new, holder, name: str) -> Iterator[None]:
    """Replace an object, such as a view without its decorator, in its app and in the resolver.

    In the resolver, decorators of the admin may hold it in a closure cell.
    """
    known = [
        (module, key)
        for module_name, module in list(sys.modules.items())
        if module_name.partition(".")[0] in APPS
        for key, value in list(vars(module).items())
        if value is old
    ]
    patterns: list[URLPattern] = [
        pattern.django_pattern for pattern in url_patterns().values() if pattern.django_pattern.callback is old
    ]
    wrapped = [layer for pattern in url_patterns().values() for layer in layers(pattern.django_pattern.callback)]
    cells = [cell for layer in wrapped for cell in layer.__closure__ or () if cell.cell_contents is old]
    setattr(holder, name, new)
    for module, key in known:
        setattr(module, key, new)
    for pattern in patterns:
        pattern.callback = new
    for cell in cells:
        cell.cell_contents = new
    try:
        yield
    finally:
        setattr(holder, name, old)
        for module, key in known:
            setattr(module, key, old)
        for pattern in patterns:
            pattern.callback = old
        for cell in cells:
            cell.cell_contents = old
