"""A code of twelve digits: made apart from all others, and read from whatever was typed."""

import pytest

from server.identity import family_code
from server.kernel.errors import Unavailable


def test_a_new_code_is_found_by_four_digits_that_no_other_has():
    taken = {f"{each:04}" for each in range(10_000)} - {"0042"}

    assert family_code.new_code(taken)[:4] == "0042"
    with pytest.raises(Unavailable):
        family_code.new_code(taken | {"0042"})


def test_a_code_is_read_however_its_groups_are_set_apart():
    assert family_code.said("123456789012") == "1234 5678 9012"
    for typed in ("1234 5678 9012", "1234-5678-9012", "123456789012", "1234.5678\u00a09012"):
        assert family_code.read_code(typed) == "123456789012"
    for typed in ("", "1234", "1234 5678 901x", "1234 5678 90123"):
        assert family_code.read_code(typed) is None
