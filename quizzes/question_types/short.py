"""A few typed words, compared with key words. Payload: the text as typed.

Each key word may be said in several ways (text_matching defines what counts as the same). Credit: the key words that
the answer mentions, divided by the number needed, at most 1. "Name two of five" has two needed and five listed. An
answer that contains a forbidden word earns nothing. A sentence that mentions the words need not be right, so the type is
for practice: the editor of a test with a pass says so, and no such test of our own library asks one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, BeforeValidator, Field
from wagtail import blocks

from quizzes.question_types.base import (
    FULL,
    NOTHING,
    CheckedBlock,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    list_item,
)
from quizzes.question_types.compared_text import (
    COMPARED,
    ComparedTextBlock,
    double_flaw,
    double_mistake,
    refuse_unclear_numbers,
)
from quizzes.question_types.schema import Flaw, LongText, Rows, Schema, SchemaRow
from quizzes.question_types.text_base import TextType
from quizzes.question_types.text_matching import UNSPACED, contains, never_right, normalise
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Short answer in words")
MAX_KEYWORDS, MAX_WAYS = 12, 12
MAX_LENGTH, MAX_WAY_LENGTH, MAX_STARS = 300, 100, 3


class KeywordBlock(CheckedBlock):
    ways = RowsBlock(
        ComparedTextBlock(default="", max_length=MAX_WAY_LENGTH),
        min_num=1,
        max_num=MAX_WAYS,
        label=gettext_lazy("Ways to say it"),
        help_text=gettext_lazy(
            "The first is shown with the result. A * stands for any ending or beginning of a word. Write the unit with"
            " a number: 5 alone accepts 5 mg and 5 g."
        ),
    )

    class Meta:
        icon = "key"
        label = gettext_lazy("Key word")

    def mistakes(self, value):
        if mistake := double_mistake(value["ways"]):
            yield mistake


class ShortBlock(CheckedBlock):
    keywords = RowsBlock(KeywordBlock(), min_num=1, max_num=MAX_KEYWORDS, label=gettext_lazy("Key words"))
    wanted = blocks.IntegerBlock(
        default=1, min_value=1, max_value=MAX_KEYWORDS, label=gettext_lazy("How many of them are needed")
    )
    unwanted = RowsBlock(
        ComparedTextBlock(default="", max_length=MAX_WAY_LENGTH),
        default=[],
        max_num=MAX_WAYS,
        label=gettext_lazy("Words that must not appear"),
        help_text=gettext_lazy("An answer with one of these words earns nothing."),
    )
    model = blocks.TextBlock(required=False, default="", rows=2, label=gettext_lazy("A good answer"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "edit"
        label = LABEL

    def mistakes(self, value):
        if value["wanted"] > len(value["keywords"]):
            yield _("You ask for more key words than there are in the list.")
        ways = [way for keyword in value["keywords"] for way in keyword["ways"]]
        if not all(is_specific(way) for way in (*ways, *value["unwanted"])):
            yield _("A key word needs at least two letters or a number, and may have at most three stars.")
        if mistake := double_mistake([*ways, *value["unwanted"]]):
            yield mistake
        elif pair := never_right(ways, value["unwanted"]):
            yield _("“%(way)s” can never be right, because it contains “%(unwanted)s”, which must not appear.") % {
                "way": pair[0],
                "unwanted": pair[1],
            }


def is_specific(way: str) -> bool:
    """Whether a way to say something is specific enough. One letter and a star would accept nearly every answer."""
    text = normalise(way)
    return bool(len(text) >= 2 or text.isdecimal() or UNSPACED.search(way)) and way.count("*") <= MAX_STARS


def _specific(way: str) -> str:
    if not is_specific(way):
        raise ValueError(f"`{way[:40]}` needs two letters or a number, and may have at most three *")
    return way


Way = Annotated[str, Field(max_length=MAX_WAY_LENGTH), COMPARED, AfterValidator(_specific)]


class Keyword(SchemaRow):
    ways: list[Way] = Field(min_length=1, max_length=MAX_WAYS)

    def flaws(self) -> Iterator[Flaw]:
        if why := double_flaw(self.ways):
            yield ("ways",), why


class ShortSchema(Schema):
    keywords: Rows[Keyword] = Field(min_length=1, max_length=MAX_KEYWORDS)
    wanted: int = Field(default=1, ge=1)
    # An empty field means no words.
    unwanted: Annotated[list[Way], BeforeValidator(lambda words: words or [])] = Field(default=[], max_length=MAX_WAYS)
    model: str = ""
    feedback: LongText

    def flaws(self) -> Iterator[Flaw]:
        if self.wanted > len(self.keywords):
            yield ("wanted",), "`wanted` must not be more than the number of key words"
        ways = [way for keyword in self.keywords for way in keyword.ways]
        if why := double_flaw(ways):
            yield ("keywords",), why
        elif why := double_flaw([*ways, *self.unwanted]):
            yield ("unwanted",), why
        elif pair := never_right(ways, self.unwanted):
            yield ("unwanted",), f"`{pair[0]}` can never be right, because it contains `{pair[1]}`"


class ShortAnswer(TextType[ShortSchema], RekeyableType[ShortSchema]):
    name = "short"
    label = LABEL
    template = "short"
    block = ShortBlock
    schema = ShortSchema
    marked_by_key_words = True
    max_shown = MAX_LENGTH + 50

    def hint(self) -> str:
        return _("Write a few words.")

    def max_length(self, content: Content) -> int:
        return MAX_LENGTH

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        text = super().parse(data, content)
        refuse_unclear_numbers(text or "")
        return text

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "keywords": [
                {"id": keyword.id, "ways": list(keyword.value["ways"])} for keyword in value["keywords"].bound_blocks
            ],
            "wanted": value["wanted"],
            "unwanted": list(value["unwanted"]),
            "model": value["model"],
            "feedback": value["feedback"],
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        text = payload or ""
        right = {keyword["id"]: any(contains(text, way) for way in keyword["ways"]) for keyword in content["keywords"]}
        if any(contains(text, way) for way in content["unwanted"]):
            return Credit(NOTHING, right)
        return Credit(min(FULL, Fraction(sum(right.values()), content["wanted"])), right)

    def key(self, content: Content) -> Payload:
        return ", ".join(keyword["ways"][0].replace("*", "") for keyword in content["keywords"][: content["wanted"]])

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        text, credit = payload or "", self.grade(content, payload)
        return {
            "response": text,
            "right": credit.earned == FULL,
            "partly": 0 < credit.earned < FULL,
            "wanted": content["wanted"],
            "keywords": [
                {"text": keyword["ways"][0].replace("*", "…"), "right": credit.right[keyword["id"]]}
                for keyword in content["keywords"]
            ],
            "unwanted": [way.replace("*", "…") for way in content["unwanted"] if contains(text, way)],
            "model": content["model"],
            "feedback": content["feedback"],
        }

    def load(self, question: ShortSchema, keys: Keys) -> dict:
        return {
            "keywords": [
                list_item(
                    keys("keyword", keyword.id),
                    {"ways": [list_item(keys("way", keyword.id, str(n)), way) for n, way in enumerate(keyword.ways)]},
                )
                for keyword in question.keywords
            ],
            "wanted": question.wanted,
            "unwanted": [list_item(keys("unwanted", str(n)), way) for n, way in enumerate(question.unwanted)],
            "model": question.model,
            "feedback": question.feedback,
        }

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        return {**content, "keywords": [{"id": "fixed", "ways": [answer]}], "wanted": 1, "unwanted": []}
