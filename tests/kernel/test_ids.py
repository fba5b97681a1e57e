import pytest

from server.kernel.errors import NotFound
from server.kernel.ids import MemberId, id_of_form, new_id, read_id


def test_an_id_reads_back_from_an_address():
    some = new_id()

    assert read_id(some.hex) == some


def test_ids_are_random():
    assert len({new_id() for _ in range(1000)}) == 1000
    assert {some.version for some in (new_id(), new_id())} == {4}


@pytest.mark.parametrize(
    "text", ["", "x" * 32, "A" * 32, "0" * 31, "0" * 33, "../../etc/passwd", "é" * 32]
)
def test_what_is_no_id_is_answered_like_an_unknown_one(text):
    with pytest.raises(NotFound):
        read_id(text)


def test_a_members_form_makes_one_thing_and_nobody_elses():
    form, hers, his = new_id(), MemberId(new_id()), MemberId(new_id())

    assert id_of_form(hers, form) == id_of_form(hers, form)
    assert len({form, id_of_form(hers, form), id_of_form(his, form)}) == 3
    assert id_of_form(hers, form).version == 4
