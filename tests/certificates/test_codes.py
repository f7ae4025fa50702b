import re

import pytest

from certificates import codes


def test_a_code_has_sixteen_crockford_characters_and_none_is_like_another():
    made = {codes.new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code) for code in made)


def test_every_character_of_the_alphabet_occurs_in_every_place():
    made = [codes.new_code() for _ in range(2000)]
    assert [set(column) for column in zip(*made, strict=True)] == [set(codes.ALPHABET)] * codes.LENGTH


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
def test_a_code_is_understood_however_it_is_typed(typed):
    assert codes.parse(typed) == "K7QM2X9DHT4VRB3P"


def test_letters_that_look_like_digits_are_taken_for_them():
    assert codes.parse("Oo0I-iL1l-0000-ABCD") == "000111110000ABCD"


@pytest.mark.parametrize("typed", ["", "K7QM", "K7QM2X9DHT4VRB3PX", "U" * 16, "K7QM2X9DHT4VRB3\x00", "ß" * 8, "١" * 16])
def test_what_cannot_be_a_code_is_none(typed):
    assert codes.parse(typed) is None


def test_it_is_shown_in_four_groups_of_four():
    assert codes.shown("K7QM2X9DHT4VRB3P") == codes.EXAMPLE
