"""The blocks of a lesson. Each has a template in templates/courses/blocks and a preview."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageBlock

from courses.figure_block import FigureBlock
from standards.blocks import CitationBlock
from standards.models import Statement
from standards.row_blocks import RowsBlock, RowsStreamBlock

# A link to a document makes it public with the page (courses.documents).
TEXT_FEATURES = ["bold", "italic", "ul", "ol", "h3", "document-link"]


class CitingBlock(blocks.StructBlock):
    """A block that may cite the Standards. Its preview cites a statement, so that authors see how a citation looks."""

    def get_preview_value(self):
        value = super().get_preview_value()
        newest_statement = Statement.objects.order_by("-edition__year", "position")[:1]
        value["cites"] = self.child_blocks["cites"].normalize(list(newest_statement))
        return value


class TextBlock(CitingBlock):
    heading = blocks.CharBlock(required=False, default="", max_length=120, label=_("Heading"))
    text = blocks.RichTextBlock(features=TEXT_FEATURES, default="", label=_("Text"))
    cites = CitationBlock()

    class Meta:
        icon = "pilcrow"
        label = _("Text with sources")
        template = "courses/blocks/text.html"
        preview_value = {
            "heading": _("Three things that are easily confused"),
            "text": "<p>Hazardous use raises the risk of harm but is <b>not</b> a disorder.</p>",
        }
        description = _("A passage with a heading and the statements of the Standards it is based on.")


class CaseBlock(blocks.StructBlock):
    title = blocks.CharBlock(default="", max_length=120, label=_("Title"))
    text = blocks.RichTextBlock(features=["bold", "italic", "ul"], default="", label=_("Story"))

    class Meta:
        icon = "user"
        label = _("Case")
        template = "courses/blocks/case.html"
        preview_value = {"title": _("A case: Leila, 27"), "text": "<p>She has come for the first time.</p>"}
        description = _("A short story of an invented patient or colleague.")


class CalloutBlock(CitingBlock):
    tone = blocks.ChoiceBlock(
        choices=[("note", _("Note")), ("warn", _("Warning")), ("ok", _("Good practice"))],
        default="note",
        label=_("Kind"),
        search_index=False,
    )
    title = blocks.CharBlock(default="", max_length=120, label=_("Title"))
    text = blocks.RichTextBlock(features=["bold", "italic", "ul"], default="", label=_("Text"))
    cites = CitationBlock()

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "courses/blocks/callout.html"
        preview_value = {
            "tone": "warn",
            "title": _("Withdrawal alone is not dependence"),
            "text": "<p>One feature is not two.</p>",
        }
        description = _("Something nobody should miss: a note, a warning or good practice.")


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(required=False, default="", max_length=250, label=_("Caption"))
    cites = CitationBlock()

    class Meta:
        icon = "image"
        label = _("Image")
        template = "courses/blocks/picture.html"
        preview_template = "courses/blocks/picture_preview.html"
        description = _("A photograph or drawing of your own, with a text alternative.")

    def clean(self, value):
        """Refuse a text alternative that is the name of the file, which says nothing to people who cannot see it."""
        value = super().clean(value)
        image = value["image"]
        if not self.is_deferred_validation and is_file_name(image.contextual_alt_text or "", image.filename):
            error = ValidationError(_("Say what the image shows. This is the name of its file."))
            inner = blocks.StructBlockValidationError(block_errors={"alt_text": error})
            raise blocks.StructBlockValidationError(block_errors={"image": inner})
        return value


def is_file_name(text: str, file_name: str) -> bool:
    """Whether the text is this file name, with or without its ending and the characters that make it unique."""

    def words(name: str) -> str:
        return re.sub(r"[\W_]+", " ", name).strip().casefold()

    stem = file_name.rpartition(".")[0]
    names = {file_name, stem, re.sub(r"_[A-Za-z0-9]{7}$", "", stem)}
    return bool(re.search(r"\.(gif|jpe?g|png|webp)$", text, re.IGNORECASE)) or words(text) in map(words, names)


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(default="", max_length=200, label=_("Caption: what the table shows"))
    table = TypedTableBlock([("text", blocks.CharBlock(required=False, default=""))], label=_("Table"))
    cites = CitationBlock()

    class Meta:
        icon = "table"
        label = _("Table")
        template = "courses/blocks/table.html"
        preview_value = {
            "caption": _("Hours a week"),
            "table": {
                "columns": [{"type": "text", "heading": _("Service")}, {"type": "text", "heading": _("Hours")}],
                "rows": [{"values": [_("Outpatient"), "2"]}, {"values": [_("Day care"), "20"]}],
                "caption": "",
            },
            "cites": [],
        }
        description = _("Rows and columns of words or numbers; the first column names the row.")


class CheckOption(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=300, label=_("Option"))
    correct = blocks.BooleanBlock(required=False, label=_("Right"))
    # Not in the search index: it tells which option is right.
    feedback = blocks.TextBlock(default="", rows=2, label=_("Feedback for those who choose it"), search_index=False)

    class Meta:
        icon = "radio-full"
        label = _("Option")


class CheckBlock(blocks.StructBlock):
    """A question for practice. Answers are not recorded and no step depends on them.

    The server gives the feedback, so the page does not contain the right answer.
    """

    stem = blocks.TextBlock(default="", rows=2, label=_("Question"))
    options = RowsBlock(CheckOption(), min_num=2, max_num=8, label=_("Options"))
    cites = CitationBlock()

    class Meta:
        icon = "help"
        label = _("Knowledge check")
        template = "courses/blocks/check.html"
        preview_value = {
            "stem": _("What would you ask first?"),
            "options": [
                {"text": _("What brings you here today?"), "correct": True, "feedback": ""},
                {"text": _("Why did you not come earlier?"), "correct": False, "feedback": ""},
            ],
            "cites": [],
        }
        description = _("A question for practice, with feedback for every option. Not marked.")

    def clean(self, value):
        value = super().clean(value)
        if not self.is_deferred_validation and not any(option["correct"] for option in value["options"]):
            raise blocks.StructBlockValidationError(non_block_errors=[_("Mark at least one option as right.")])
        return value

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        options = value["options"].bound_blocks
        context["several"] = sum(bool(option.value["correct"]) for option in options) > 1
        context["options"] = [(option.id, option.value["text"]) for option in options]
        # None when the check was not answered, [] when it was posted without a choice.
        parent = parent_context or {}
        context["results"] = results = (parent.get("check_results") or {}).get(parent.get("id"))
        context["chosen"] = [option["id"] for option in results or [] if option["chosen"]]
        return context


def check_answer(check: blocks.StructValue, chosen: set[str]) -> list[dict]:
    """Each option of an answered check: its id, text and feedback, whether it is right, and whether it was chosen."""
    return [
        {
            "id": option.id,
            "text": option.value["text"],
            "right": bool(option.value["correct"]),
            "chosen": option.id in chosen,
            "feedback": option.value["feedback"],
        }
        for option in check["options"].bound_blocks
    ]


class LessonBlocks(RowsStreamBlock):
    text = TextBlock(group=_("Reading"))
    case = CaseBlock(group=_("Reading"))
    callout = CalloutBlock(group=_("Reading"))
    figure = FigureBlock(group=_("Figures"))
    picture = PictureBlock(group=_("Figures"))
    table = TableBlock(group=_("Figures"))
    check = CheckBlock(group=_("Activity"))
