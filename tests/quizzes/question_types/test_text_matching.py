"""Which typed texts count as the same, in the scripts of our learners."""

import pytest
from django.utils.datastructures import MultiValueDict

from quizzes.question_types.cloze import Cloze
from quizzes.question_types.short import ShortAnswer
from quizzes.question_types.text_matching import contains, matches, normalise, storable_text
from tests.quizzes.factories import body
from tests.support.effort import effort

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("NALOXONE", "naloxone"),
        ("Naloxone.", "naloxone"),
        ("  naloxone\n", "naloxone"),
        ("méthadone", "methadone"),
        ("methadone", "méthadone"),
        ("me\u0301thadone", "m\u00e9thadone"),
        ("ｎａｌｏｘｏｎｅ", "naloxone"),
        ("nalo\u200bxone", "naloxone"),  # zero-width space
        ("nalo\u00adxone", "naloxone"),  # soft hyphen
        ("\u200fnaloxone\u200e", "naloxone"),  # marks of direction
        ("\u2067نالوكسون\u2069", "نالوكسون"),
        ("إدمان", "ادمان"),
        ("أدوية", "ادويه"),
        ("ادویه", "أدوية"),  # typed on a Persian keyboard
        ("کوکایین", "كوكايين"),
        ("مستشفى", "مستشفي"),
        ("نـــالوكسون", "نالوكسون"),  # tatweel
        ("نَالُوكْسُون", "نالوكسون"),  # harakat
        ("مسؤول", "مسوول"),
        ("شيء طارئ", "شيء طاري"),
        ("ﻷدوية", "لأدوية"),  # a ligature, as old programs wrote it
        ("ﺃدويﺔ", "أدوية"),
        ("٢٤", "24"),
        ("۲۴", "24"),
        ("२४", "24"),
        ("２４", "24"),
        ("Налоксон", "налоксон"),
        ("ёлка", "елка"),
        ("纳洛酮", "纳洛酮"),
        ("ﾅﾛｷｿﾝ", "ナロキソン"),
        ("ΟΔΟΣ", "οδος"),  # two forms of one sigma
        ("οδός", "οδοσ"),
        ("İLAÇ", "ilaç"),
        ("ılaç", "ilac"),
        ("STRASSE", "Straße"),
        ("strasse", "STRAẞE"),
        ("Ǿre", "øre"),
        ("anti-craving", "anti craving"),
        ("H₂O", "h2o"),
        ("≥ 90", "≥90"),
        ("- 5", "5"),  # a dash before a word is no minus
    ],
)
def test_the_same_text_matches_however_it_is_typed(answer, accepted):
    assert matches(answer, accepted)
    assert matches(accepted, answer)
    assert contains(f"first, {answer}; last", accepted)


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("naloxon", "naloxone"),
        ("naltrexone", "naloxone"),
        ("naloxone now", "naloxone"),
        ("", "naloxone"),
        ("...", "naloxone"),
        ("...", "?!"),  # punctuation is not compared, and an empty text is no answer
        ("", "?!"),
        ("نالوكسون", "نالتريكسون"),
        ("纳洛", "纳洛酮"),
        ("か", "が"),  # in kana the mark makes another syllable
        ("कि", "की"),
        ("< 90", "> 90"),
        ("90", "> 90"),
        ("-5", "5"),
        ("2", "24"),
        ("5.0", "50"),
    ],
)
def test_different_words_do_not_match(answer, accepted):
    assert not matches(answer, accepted)
    assert not matches(accepted, answer)


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("give naloxone now", "naloxone", True),
        ("(naloxone)", "naloxone", True),
        ("l'oxygène", "oxygene", True),
        ("prenaloxone", "naloxone", False),
        ("naloxones", "naloxone", False),
        ("hypoxia", "hypo", False),
        ("call for the help", "call for help", False),
        ("help for call", "call for help", False),
        ("我们应该给纳洛酮吧", "纳洛酮", True),  # no spaces, so words cannot be told apart
        ("我们应该给洛酮", "纳洛酮", False),
        ("ต้องให้นาล็อกโซนทันที", "นาล็อกโซน", True),
        ("дать налоксон сейчас", "налоксон", True),
        ("налоксона", "налоксон", False),
        ("يعطى النالوكسون", "نالوكسون", False),  # an article is for the author to allow, with a star
        ("يعطى النالوكسون", "*نالوكسون", True),
    ],
)
def test_words_are_found_as_words_and_in_their_order(answer, accepted, expected):
    assert contains(answer, accepted) is expected


@pytest.mark.parametrize(
    ("answer", "pattern", "whole", "within"),
    [
        ("naloxone", "nalox*", True, True),
        ("nalox", "nalox*", True, True),
        ("Naloxonhydrochlorid", "nalox*", True, True),
        ("the naloxone", "nalox*", False, True),
        ("prenaloxone", "nalox*", False, False),
        ("prenaloxone", "*naloxone", True, True),
        ("breathing slowly", "breath* slow*", True, True),
        ("breathing very slowly", "breath* slow*", False, False),
        ("abcabd", "a*b*d", True, True),
        ("aab", "*ab", True, True),
        ("a b", "a*b", False, False),  # a star stays within a word
        ("纳洛酮注射", "纳洛*", True, True),
        ("налоксона", "налоксон*", True, True),
        ("nal*xone", "naloxone", False, False),  # only stars in the accepted text have a meaning
    ],
)
def test_a_star_stands_for_any_ending_or_beginning_of_a_word(answer, pattern, whole, within):
    assert (matches(answer, pattern), contains(answer, pattern)) == (whole, within)


@pytest.mark.parametrize("pattern", ["*a*a*b", "a*a*a*b", "*あ*い*う", "a*あ*a*い"])
@pytest.mark.parametrize("answer", ["a" * 300, "あ" * 300, "\ufdfa" * 300, "a" * 299 + "b", "a a" * 100])
def test_three_stars_against_a_long_answer_take_milliseconds(pattern, answer):
    """U+FDFA stands for eighteen letters: 300 of them are the longest possible word."""
    with effort() as work:
        for _ in range(5):
            contains(answer, pattern)
            matches(answer, pattern)
    assert work.seconds < 0.5


@pytest.mark.parametrize("text", ["İıŁłØøÆæŒœßẞ", "ﷺ", "\ufdfa\u0345", "Ǆ", "ά\u0345", "①½", "\u1e9e\u0307", "ﬃ"])
def test_what_is_compared_stays_the_same_when_it_is_compared_again(text):
    assert normalise(normalise(text)) == normalise(text)


def test_characters_that_postgresql_cannot_store_are_removed():
    assert storable_text("a\x00b\x07c\ud800") == "abc"
    assert storable_text("\r\none\r\ntwo\rthree\n") == "one\ntwo\nthree"
    assert storable_text("\x00 \n") == ""


def test_line_breaks_are_counted_and_kept_as_the_script_sends_them():
    """A form sends two characters for a line break, FormData one: the same answer must not be stored twice."""
    content = body("short")
    by_form, by_script = (
        ShortAnswer().parse(MultiValueDict({"answer": [text]}), content) for text in ("a\r\nb", "a\nb")
    )
    assert by_form == by_script == "a\nb"
    assert ShortAnswer().parse(MultiValueDict({"answer": ["a\r\n" * 149 + "bb"]}), content)


def test_a_gap_holds_what_can_be_stored_or_nothing():
    content = body("cloze")
    name = "gap-" + content["gaps"][0]["id"]
    assert Cloze().parse(MultiValueDict({name: ["\x00"]}), content) is None
    assert Cloze().parse(MultiValueDict({name: [" he\x00lp "]}), content) == {content["gaps"][0]["id"]: "help"}
