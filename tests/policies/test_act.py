"""The one vocabulary of acts, and what a refusal carries."""

import re
from uuid import uuid4

import pytest

from policies.act import Act
from policies.decision import Decision, Denied
from policies.facts import HOUSE, Kind, label_of_house, label_of_room
from server.kernel.errors import Refused
from server.kernel.ids import RoomId


@pytest.mark.parametrize("act", Act, ids=lambda act: act.address)
def test_an_act_has_a_past_form_and_a_refusal_for_the_log(act):
    assert re.fullmatch(r"[a-z]+:[a-z-]+", act.address)
    assert act.past != act.address
    assert act.past.split(":")[0] == act.address.split(":")[0]
    assert act.refused == f"{act.address}-refused"


def test_no_two_acts_share_a_name_or_a_log_kind():
    assert len({act.address for act in Act}) == len(Act)
    assert len({kind for act in Act for kind in (act.past, act.refused)}) == 2 * len(Act)


def test_a_refusal_carries_its_decision_and_shows_none_of_it():
    decision = Decision(allowed=False, act=Act.OPEN_SECTION, why="GUARD-MARKED")

    refused = Denied(decision)

    assert isinstance(refused, Refused)
    assert refused.decision is decision
    assert str(refused) == "This cannot be shown to you."


def test_what_is_no_information_is_labelled_by_its_room_or_by_the_house():
    room = RoomId(uuid4())

    assert label_of_room(room, Kind.SEAT).room == room
    assert label_of_room(room).kind is Kind.ROOM
    assert label_of_house(Kind.AUDIT).thing == HOUSE
    assert label_of_house(Kind.AUDIT).room is None
