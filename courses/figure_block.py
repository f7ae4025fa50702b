"""The block of a drawn figure: an SVG drawing of shapes and text, which authors upload or paste."""

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.widgets import AdminAutoHeightTextInput

from courses import figures
from standards.blocks import CitationBlock


class DrawingInput(AdminAutoHeightTextInput):
    """A text area for the text of an SVG file, with a button that fills it from a file on the author's computer."""

    template_name = "courses/admin/svg_input.html"


class DrawingBlock(blocks.TextBlock):
    @cached_property
    def field(self):
        field = super().field
        field.widget = DrawingInput(attrs={"rows": self.rows, "spellcheck": "false", "dir": "ltr"})
        return field


class FigureBlock(blocks.StructBlock):
    """A drawing that follows theme and direction, with its words as a list, so that they can be translated."""

    title = blocks.CharBlock(default="", max_length=200, label=_("Name of the figure"))
    description = blocks.TextBlock(default="", label=_("Text alternative: everything the figure says"))
    drawing = DrawingBlock(
        required=False,
        default="",
        rows=4,
        search_index=False,
        label=_("Drawing"),
        help_text=_(
            "Choose an SVG file, or paste its text. It may have shapes, lines and text, but no pictures, gradients, links"
            " or scripts. For a photograph, or a drawing that is refused here, use Image."
        ),
    )
    labels = blocks.ListBlock(
        blocks.CharBlock(required=False, default=""),
        default=[],
        label=_("Words in the drawing"),
        help_text=_("Taken from the drawing when it is saved. Change or translate them here."),
    )
    caption = blocks.RichTextBlock(features=["bold"], default="", label=_("Caption"))
    cites = CitationBlock()

    class Meta:
        icon = "image"
        label = _("Drawn figure")
        template = "courses/blocks/figure.html"
        description = _("A drawing of shapes and text (SVG). For a photograph, use Image.")
        preview_value = {
            "title": _("A line and a weight"),
            "description": _("A weight hangs from a line."),
            "drawing": '<svg viewBox="0 0 330 90"><path class="accent-outline" d="M165 0v50"/><circle class="fill-accent" cx="165" cy="58" r="8"/></svg>',
            "labels": [],
            "caption": "",
            "cites": [],
        }

    def clean(self, value):
        """Check the drawing against the allow-list, also that of a draft, and take its words into the list.

        Raises StructBlockValidationError at the field when there is no drawing or it holds something not allowed.
        """
        value = super().clean(value)
        if not value["drawing"]:
            if self.is_deferred_validation:
                return value
            raise _wrong_drawing(_("Choose an SVG file, or paste the text of one."))
        try:
            value["drawing"], labels = figures.redraw(value["drawing"], list(value["labels"]))
        except figures.FigureError as error:
            raise _wrong_drawing(str(error)) from error
        if labels != list(value["labels"]):
            value["labels"] = self.child_blocks["labels"].normalize(labels)
        return value

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        # Safe: clean() or the importer checked the drawing against the allow-list, and draw() escapes the labels.
        context["svg"] = mark_safe(figures.draw(value["drawing"], list(value["labels"])))  # noqa: S308
        context["own_colours"] = figures.has_own_colours(value["drawing"])
        return context


def _wrong_drawing(message) -> blocks.StructBlockValidationError:
    return blocks.StructBlockValidationError({"drawing": ValidationError(message)})
