"""Values that a process remembers for some seconds, one by one and many of a kind at once."""

from accounts.process_cache import forget, remember, remember_each


def doubled(asked: list):
    """A `make` for remember_each() that doubles numbers below 10, and notes what it was asked for."""

    def make(keys: set[int]) -> dict[int, int]:
        asked.append(sorted(keys))
        return {key: 2 * key for key in keys if key < 10}

    return make


def test_only_what_is_missing_is_made_and_all_of_it_at_once():
    asked: list = []
    assert remember_each("double", [1, 2, 2], 60, doubled(asked)) == {1: 2, 2: 4}
    assert remember_each("double", iter([2, 3, 4]), 60, doubled(asked)) == {2: 4, 3: 6, 4: 8}
    assert remember_each("double", [], 60, doubled(asked)) == {}
    assert asked == [[1, 2], [3, 4]]
    assert remember(("double", 4), 60, lambda: 0) == 8


def test_a_key_without_a_value_is_left_out_and_asked_for_again():
    asked: list = []
    assert [remember_each("double", [1, 20], 60, doubled(asked)) for _ in range(2)] == [{1: 2}] * 2
    assert asked == [[1, 20], [20]]


def test_kinds_are_kept_apart_and_forgotten():
    assert remember_each("double", [1], 60, doubled([])) == {1: 2}
    assert remember_each("other", [1], 60, lambda keys: dict.fromkeys(keys, "x")) == {1: "x"}
    forget()
    assert remember_each("double", [1], 60, lambda keys: dict.fromkeys(keys, 0)) == {1: 0}


def test_a_value_is_made_anew_when_its_time_is_over():
    assert remember_each("double", [1], 0, doubled([])) == {1: 2}
    assert remember_each("double", [1], 60, lambda keys: dict.fromkeys(keys, 0)) == {1: 0}
