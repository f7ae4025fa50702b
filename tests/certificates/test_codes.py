import re

import pytest

from certificates import codes


def test_codes_are_distinct_and_have_sixteen_crockford_characters():
    generated = {codes.new_code() for _ in range(2000)}
    assert len(generated) == 2000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code) for code in generated)


def test_every_character_occurs_in_every_position():
    generated = [codes.new_code() for _ in range(2000)]
    assert [set(column) for column in zip(*generated, strict=True)] == [set(codes.ALPHABET)] * codes.LENGTH


@pytest.mark.parametrize(
    "typed",
    [
        "K7QM-2X9D-HT4V-RB3P",
        "k7qm2x9dht4vrb3p",
        " K7QM 2X9D HT4V RB3P\n",
        "K7QM–2X9D–HT4V–RB3P",
        "\u200eK7QM‑2X9D‑HT4V‑RB3P\u200f",
    ],
)
def test_case_spaces_and_hyphens_do_not_matter(typed):
    assert codes.parse(typed) == "K7QM2X9DHT4VRB3P"


def test_letters_that_look_like_digits_count_as_digits():
    assert codes.parse("Oo0I-iL1l-0000-ABCD") == "000111110000ABCD"


@pytest.mark.parametrize("typed", ["", "K7QM", "K7QM2X9DHT4VRB3PX", "U" * 16, "K7QM2X9DHT4VRB3\x00", "ß" * 8, "١" * 16])
def test_text_that_cannot_be_a_code_gives_none(typed):
    assert codes.parse(typed) is None


def test_a_code_is_shown_in_four_groups_of_four():
    assert codes.shown("K7QM2X9DHT4VRB3P") == codes.EXAMPLE
