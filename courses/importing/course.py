"""Load a course package: check everything first, then write it in one transaction.

Loading the same package again writes nothing. Pages and questions that were edited or unpublished by hand are kept and
reported. What an earlier package had and this one lacks must be offline, or the bank would hold questions twice.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.models import DraftStateMixin, Page, get_translatable_models

from courses import releases
from courses.importing.format import Part, PartError, Problem, duplicates, read
from courses.importing.front_matter import CourseSchema, ModuleSchema, front_matter_problems
from courses.importing.lessons import phrases
from courses.importing.steps import StepImporter, step_importers
from courses.models.pages import CoursePage, HomePage, ModulePage, code_is_taken
from courses.models.records import CourseRelease, PackageItem
from courses.outline import pages_by_key, titles
from standards.models import Edition, Statement

LIBRARY = Path(__file__).resolve().parent.parent / "library"  # the packages that ship with the product


class PackageError(Exception):
    """The package has problems, listed in `problems`. Nothing was written."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass
class ImportReport:
    """What an import did: titles written, the number of unchanged items, and in `kept` what it left alone, and why."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)
    release: CourseRelease | None = None


@dataclass
class Package:
    """A package read from its folder: the course, and its modules and steps as (part, class, children)."""

    course: Part
    edition: Edition | None
    children: list[tuple[Part, type[Page], list]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load(folder: Path, without_test: bool = False) -> ImportReport:
    """Make pages, blocks and snippets from the package in `folder`, publish them and release the course.

    `without_test` is the decision that releases.release() asks for when certificates would need fewer tests, or none.
    Raises PackageError with file, line and reason of every problem.
    """
    package = read_package(folder)
    if package.problems:
        raise PackageError(package.problems)
    gone = [f"{row}: the package has it no longer, and it is offline" for row in _left_over(package)]
    report = ImportReport(kept=gone)
    try:
        with transaction.atomic():
            _write(package, report, without_test)
    except ValidationError as error:  # such as a slug that another page has
        raise PackageError([package.course.problem(1, text) for text in error.messages]) from error
    return report


def _write(package: Package, report: ImportReport, without_test: bool) -> None:
    home = HomePage.objects.first()
    if home is None:
        raise PackageError([package.course.problem(1, "there is no home page yet; run `manage.py prepare` first")])
    course = write_page(package.course, CoursePage, home, _course_fields(package.course, package.edition), report)
    for part, cls, children in package.children:
        page = write_page(part, cls, course, _fields(part, cls), report)
        for step_part, step_cls, _ in children:
            write_page(step_part, step_cls, page, _fields(step_part, step_cls), report)
    if report.written or releases.current(course.translation_key) is None:
        _release(course, package.course, report, without_test)


def _left_over(package: Package) -> list[Any]:
    """The pages and questions that an earlier load of the package wrote and that it has no longer."""
    importers = step_importers()
    parts = [package.course, *_all_parts(package.children)]
    keys = {part.key("page") for part in parts}
    for part in parts:
        if importer := importers.get(part.front.get("kind", "")):
            keys |= importer.keys_of_extras(part)
    items = PackageItem.objects.filter(package=package.course.package).exclude(key__in=keys)
    gone = set(items.values_list("key", flat=True))
    models = [model for model in get_translatable_models() if issubclass(model, DraftStateMixin)]
    return [row for model in models for row in model._default_manager.filter(translation_key__in=gone)]


def _release(course: CoursePage, part: Part, report: ImportReport, without_test: bool) -> None:
    """Release what was loaded. Where that would withdraw a test, a person has to decide, so it is reported instead.

    So is a title that another course has, and a test whose questions were taken offline by hand.
    """
    try:
        report.release = releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=without_test)
    except releases.CannotRelease as error:
        report.kept.append(f"the course was not released: {error}")
    except releases.DecisionNeeded as error:
        if not error.steps:
            why = "the course has no test; load it with --without-test if that is meant"
            raise PackageError([part.problem(1, why)]) from error
        pages = pages_by_key(step["key"] for step in error.steps)
        tests = ", ".join(str(page.title) for page in titles(error.steps, pages))
        report.kept.append(f"the course was not released, because that would no longer ask for: {tests}")


def read_package(folder: Path) -> Package:
    """Read and check the whole package without writing. Raises PackageError when course.md cannot be read."""
    try:
        course = read(folder, folder / "course.md")
    except PartError as error:
        raise PackageError([error.problem]) from error
    edition = Edition.objects.filter(slug=str(course.front.get("edition", ""))).first()
    codes = dict(Statement.objects.filter(edition=edition).values_list("code", "pk")) if edition else {}
    name = str(course.front.get("id", ""))
    package = Package(read(folder, folder / "course.md", name, codes), edition)
    package.problems += _check_course(package)
    package.children = _children(package, package.course, folder, step_importers())
    parts = [package.course, *_all_parts(package.children)]
    package.problems += [
        problem for part in parts for problem in duplicates(part, [(str(part.front.get("id", "")), 1)], "the part")
    ]
    files: dict[str, str] = {}
    for part in parts:
        other = files.setdefault(str(part.front.get("id")), part.file)
        if other != part.file:
            package.problems.append(part.problem(1, f"has the same id as {other}"))
    if not package.problems:  # a part that cannot be read is not gone
        why = "the package has it no longer, and it is still published: unpublish it, or give it its old id again"
        package.problems += [package.course.problem(1, f"{row}: {why}") for row in _left_over(package) if row.live]
    return package


def _all_parts(children: list) -> list[Part]:
    """Every part of a tree of (part, page class, children), each before its children."""
    return [item for part, _, below in children for item in (part, *_all_parts(below))]


def _check_course(package: Package) -> list[Problem]:
    part = package.course
    problems, code = front_matter_problems(part, CourseSchema), str(part.front.get("code", ""))
    if code_is_taken(code, part.key("page")):
        problems.append(part.problem(1, f"another course has the code {code}, or had it before"))
    if part.front.get("edition") and package.edition is None:
        problems.append(part.problem(1, f"there is no edition {part.front['edition']}; run `manage.py load_standards`"))
    return problems


def _children(package: Package, parent: Part, folder: Path, importers: dict[str, StepImporter]) -> list:
    """Read and check the parts named in `contents`. Return (part, page class, children) for each."""
    children: list = []
    names = parent.front.get("contents")  # whatever else it is has been reported by the schema
    for name in names if isinstance(names, list) else []:
        base = folder / str(name)
        path = base.with_name(base.name + ".md")
        if base.is_dir():
            path = next(
                (p for p in (base / "module.md", *sorted(base.glob("*.md"))) if p.is_file()), base / "module.md"
            )
        try:
            part = read(package.course.root, path, package.course.package, package.course.statements)
        except PartError as error:
            package.problems.append(error.problem)
            continue
        kind = part.front.get("kind")
        if kind == "module" and parent is package.course:
            package.problems += front_matter_problems(part, ModuleSchema)
            children.append((part, ModulePage, _children(package, part, base, importers)))
        elif kind in importers:
            package.problems += importers[kind].check(part)
            children.append((part, importers[kind].page_class, []))
        else:
            package.problems.append(part.problem(2, f"`kind: {kind}` is not allowed here"))
    return children


def _course_fields(part: Part, edition: Edition | None) -> dict[str, Any]:
    front = CourseSchema.model_validate(part.front)
    return {
        "code": front.code,
        "short_title": front.short_title,
        "lede": " ".join(part.body.split()),
        "hours": Decimal(str(front.hours)),
        "audience": front.audience,
        "requires": front.requires,
        "outcomes": phrases(part, "outcomes"),
        "on_monday": phrases(part, "on_monday"),
        "authors": phrases(part, "authors"),
        "edition": edition,
        "valid_years": front.valid_years,
        "next_review": front.next_review,
    }


def _fields(part: Part, cls: type[Page]) -> dict[str, Any]:
    if cls is ModulePage:
        front = ModuleSchema.model_validate(part.front)
        return {
            "number": front.number,
            "minutes": front.minutes,
            "summary": " ".join(part.body.split()),
        }
    return step_importers()[part.front["kind"]].content(part)


def write_page(part: Part, cls: type[Page], parent: Page, fields: dict[str, Any], report: ImportReport) -> Page:
    """Create or update one page from its part, unless somebody has edited the page in the admin."""
    fields = {"title": part.front["title"], "slug": part.front["slug"], **fields}
    key = part.key("page")
    existing = cls.objects.filter(translation_key=key).first()
    page = existing.get_latest_revision_as_object() if existing else cls(translation_key=key)
    before = fingerprint(page, fields) if existing else ""
    for name, value in fields.items():
        model_field = page._meta.get_field(name)
        stream = hasattr(model_field, "stream_block")
        setattr(page, name, model_field.to_python(json.dumps(value)) if stream else value)
    after = fingerprint(page, fields)
    if should_write(key, part, before, after, report, str(fields["title"]), live=page.live):
        if existing is None:
            parent.add_child(instance=page)
        page.save_revision(log_action=existing is not None).publish()
    importer = step_importers().get(part.front.get("kind", ""))
    if importer:
        importer.load_extras(part, report)
    return cls.objects.get(translation_key=key)


def should_write(
    key: UUID, part: Part, before: str, after: str, report: ImportReport, name: str, *, live: bool
) -> bool:
    """Whether to write an item; records why in the report. Unchanged and manually edited items are not written.

    `before` and `after` are the fingerprints of the item as stored and as in the package. `before` is "" for a new
    item. An item was edited manually if its fingerprint is not the one that the last import wrote, or if it is not
    `live`: writing it would publish again what somebody took offline.
    """
    item = PackageItem.objects.filter(key=key).first()
    if before == after:
        report.unchanged += 1
    elif before and not live:
        report.kept.append(f"{part.file}: {name} is not published and is left as it is")
        return False
    elif before and (item is None or item.loaded_digest != before):
        report.kept.append(f"{part.file}: {name} was changed by hand and is left as it is")
        return False
    else:
        report.written.append(name)
    if item is None or item.loaded_digest != after:
        PackageItem.objects.update_or_create(key=key, defaults={"package": part.package, "loaded_digest": after})
    return before != after


def fingerprint(item, fields) -> str:
    """A digest of these fields of a page or snippet. Equal values give the same digest, such as 1.0 and 1."""
    values = {name: _plain(item, name) for name in fields}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _plain(item, name: str):
    value = item._meta.get_field(name).value_from_object(item)
    if hasattr(value, "get_prep_value"):
        return value.get_prep_value()
    if isinstance(value, Decimal):
        return str(value.normalize())
    return value
