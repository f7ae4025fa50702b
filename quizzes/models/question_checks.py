"""What is checked before a question is published, by whichever way. Drafts are not checked when they are saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.blocks import Block

from courses.forms import DraftForm, publishes
from quizzes.corrections import repeats_fault
from quizzes.question_types import QUESTION_TYPES, authoring_blocks
from quizzes.question_types.base import FULL

if TYPE_CHECKING:
    from quizzes.models.questions import Question, QuestionVersion
    from quizzes.models.regrades import Regrade


class QuestionForm(DraftForm):
    """Refuses to publish a question that lacks something."""

    def _post_clean(self) -> None:
        super()._post_clean()  # sets the fields of the instance
        problems = self.instance.lacking() if publishes(self) and not self.errors else []
        if problems:
            self.add_error("content", problems)


def lacking(question: Question, earlier: QuerySet[QuestionVersion]) -> list[str]:
    """What keeps the question from being published, in words. `earlier` are its versions in its language, by number."""
    if mistakes := list(field_mistakes(question)):
        return mistakes
    content = question.frozen()
    regrades = list(apps.get_model("quizzes.Regrade").objects.in_force().filter(version__in=earlier))
    return [*key_mistakes(content), *repeated_faults(content, list(earlier) if regrades else [], regrades)]


def field_mistakes(question: Question) -> Iterator[str]:
    """What the fields of a question lack, in words. Its answers are checked as when an author publishes them."""
    try:
        question.full_clean(validate_unique=False)
    except ValidationError as error:
        for field in question._meta.fields:
            texts = error.message_dict.get(field.name, [])
            yield from (f"{capfirst(field.verbose_name)}: {text}" for text in texts)
    # Blocks of its own: a form that is saving a draft at this moment has told those of the field to check little.
    blocks = authoring_blocks()
    content = blocks.to_python(question.content.get_prep_value())
    try:
        blocks.clean(content)
    except ValidationError as error:
        yield from (f"{capfirst(_('answers'))}: {text}" for text in _own_mistakes(error))
        for index, child_error in getattr(error, "block_errors", {}).items():
            yield from _block_mistakes(content[index].block, child_error)


def _block_mistakes(block: Block, error: ValidationError) -> Iterator[str]:
    """The messages of a block and of all blocks in it, each with the label of its field."""
    yield from _own_mistakes(error)
    for name, child_error in getattr(error, "block_errors", {}).items():
        child = block.child_blocks[name] if hasattr(block, "child_blocks") else block.child_block
        if hasattr(child_error, "block_errors"):
            yield from _block_mistakes(child, child_error)
        else:
            yield from (f"{child.label}: {text}" for text in child_error.messages)


def _own_mistakes(error: ValidationError) -> Iterator[str]:
    for own in error.non_block_errors.as_data() if hasattr(error, "non_block_errors") else ():
        yield from own.messages


def key_mistakes(content: dict[str, Any]) -> Iterator[str]:
    """That the right answer would not get the whole point. A paper with a question that cannot be marked has no mark."""
    question_type, body = QUESTION_TYPES[content["kind"]], content["body"]
    if not question_type.marked_by_people and question_type.grade(body, question_type.key(body)).earned != FULL:
        yield _("The right answer would not get the whole point. Check what counts as right.")


def repeated_faults(content: dict[str, Any], versions: list[QuestionVersion], regrades: list[Regrade]) -> Iterator[str]:
    """The faults that regrades of earlier versions made up for and that `content`, the next version, still has.

    A regrade counts for the version that was asked. `versions` are by number, `regrades` those in force, in their order.
    One whose fault a later version has mended says nothing any more.
    """
    for number, version in enumerate(versions, 1):
        own = [regrade for regrade in regrades if regrade.version_id == version.pk]
        later = [content, *(row.content for row in versions[number:])]
        if own and all(repeats_fault(version.content, [regrade.fix for regrade in own], row) for row in later):
            yield _(
                "Version %(n)d was marked again (“%(correction)s”), and the fault is still here. Correct it before you"
                " publish. To ask something else, write a new question."
            ) % {"n": version.number, "correction": own[-1].get_choice_display()}
