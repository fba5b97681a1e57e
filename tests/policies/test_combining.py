"""One pack must allow and none may forbid, ground by ground; every cell must be open."""

from hypothesis import given
from hypothesis import strategies as st

from policies.combining import (
    ORDER,
    Reading,
    forbidden_by,
    intersection,
    open_under,
    opened_by,
    union,
)
from policies.decision import Ground
from policies.matrix import Leaf

VIEW, EDIT = 1, 2


def reading(allow=0, deny=0, *, pack=0, may_allow=True, ground=Ground.AGREED) -> Reading:
    return Reading(ground, pack, may_allow, Leaf(allow, deny, {}))


masks = st.integers(min_value=0, max_value=4095)
readings = st.builds(
    lambda allow, deny, may, pack: reading(allow & ~deny, deny, may_allow=may, pack=pack),
    masks,
    masks,
    st.booleans(),
    st.integers(min_value=0, max_value=5),
)


def test_one_agreement_that_allows_is_enough():
    assert open_under([reading(VIEW), reading()]) == VIEW


def test_one_agreement_that_forbids_outweighs_all_that_allow():
    assert open_under([reading(VIEW | EDIT), reading(VIEW | EDIT), reading(deny=EDIT)]) == VIEW


def test_a_pack_that_may_not_allow_can_still_forbid():
    suspended = reading(VIEW, EDIT, may_allow=False)

    assert open_under([suspended]) == 0
    assert open_under([suspended, reading(VIEW | EDIT)]) == VIEW


def test_what_one_ground_forbids_another_may_open():
    agreed = (reading(VIEW), reading(deny=VIEW))
    decided = (reading(VIEW, ground=Ground.DECIDED),)

    assert union([agreed]) == 0
    assert union([agreed, decided]) == VIEW


def test_the_first_ground_that_opens_is_named_and_the_pack_that_may():
    shut = (reading(VIEW, pack=1), reading(deny=VIEW, pack=2))
    opens = (reading(VIEW, pack=3, may_allow=False), reading(VIEW, pack=4), reading(pack=5))

    found = opened_by([shut, opens], VIEW)

    assert found is not None
    assert found.pack == 4
    assert opened_by([shut], VIEW) is None


def test_the_first_pack_that_forbids_is_named():
    found = forbidden_by([(reading(VIEW), reading(deny=VIEW, pack=7))], VIEW)

    assert found is not None
    assert found.pack == 7
    assert forbidden_by([(reading(VIEW),)], VIEW) is None


def test_every_cell_must_be_open_and_no_cell_is_no():
    assert intersection([VIEW | EDIT, VIEW]) == VIEW
    assert intersection([VIEW, 0]) == 0
    assert intersection([]) == 0


def test_grounds_are_tried_from_ones_own_to_an_emergency():
    assert [ground.value for ground in ORDER] == [
        "own", "standing", "agreed", "decided", "emergency",
    ]  # fmt: skip


@given(st.lists(readings), readings)
def test_a_pack_more_that_only_forbids_never_widens(given_readings, more):
    forbids = more._replace(may_allow=False)

    assert open_under([*given_readings, forbids]) & ~open_under(given_readings) == 0


@given(st.lists(readings))
def test_order_does_not_change_what_is_open(given_readings):
    assert open_under(given_readings) == open_under(list(reversed(given_readings)))


@given(st.lists(masks, min_size=1), masks)
def test_a_cell_more_never_widens(given_masks, more):
    assert intersection([*given_masks, more]) & ~intersection(given_masks) == 0


@given(st.lists(st.lists(readings)), st.sampled_from([1 << bit for bit in range(12)]))
def test_what_is_named_as_opening_is_what_opens(by_ground, bit):
    found = opened_by(by_ground, bit)

    assert (found is not None) == bool(union(by_ground) & bit)
    assert found is None or (found.may_allow and found.leaf.allow & bit)
