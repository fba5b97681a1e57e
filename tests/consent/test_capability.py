"""Capabilities: a frozen look-up that ends by itself."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from consent.capability import Capability, no_capability
from consent.keeper import all_labels, all_titles, change_access, hold_access
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.directory import store as directory
from server.directory.team import Seat
from server.kernel.database import writing
from server.kernel.errors import NotFound
from server.kernel.ids import MemberId, RoomId, SeatId, new_id
from tests.consent.acts import hold
from tests.consent.samplewick import PLACES


def capability(**changes) -> tuple[Capability, RoomId]:
    room, thing = RoomId(new_id()), new_id()
    told = Capability(
        member=MemberId(new_id()),
        room=room,
        epoch=3,
        until=monotonic() + 60,
        revision="1",
        things={Act.OPEN_SECTION.address: frozenset({thing.int})},
    )
    return replace(told, **changes), RoomId(thing)


def test_it_allows_the_act_on_the_thing_until_its_end():
    held, thing = capability()
    over, _ = capability(until=monotonic() - 0.001)

    assert held.allows(Act.OPEN_SECTION, thing)
    assert not held.allows(Act.EDIT_SECTION, thing)
    assert not held.allows(Act.OPEN_SECTION, new_id())
    assert held.open_things(Act.OPEN_SECTION) == {thing}
    assert over.open_things(Act.OPEN_SECTION) == frozenset()
    assert not over.allows(Act.OPEN_SECTION, next(iter(held.open_things(Act.OPEN_SECTION))))


def test_another_epoch_means_ask_the_gate_again():
    held, thing = capability()

    assert held.allows_at(3, Act.OPEN_SECTION, thing)
    assert not held.allows_at(4, Act.OPEN_SECTION, thing)
    assert not held.allows_at(2, Act.OPEN_SECTION, thing)


def test_a_bell_rings_only_where_its_label_may_be_seen():
    held, thing = capability()

    assert held.sees(Label(thing=thing, room=held.room))
    assert not held.sees(Label(thing=new_id(), room=held.room))
    assert not held.sees(label_of_room(held.room))
    assert not held.sees(label_of_room(held.room, Kind.AUDIT))


def test_nobody_can_change_one_and_nothing_is_allowed_by_none():
    held, thing = capability()
    with pytest.raises(AttributeError):
        held.epoch = 9  # type: ignore[misc]

    nothing = no_capability(held.member, held.room, epoch=3)

    assert not nothing.allows(Act.OPEN_SECTION, thing)


async def test_it_ends_with_the_place_it_rests_on(samplewick):
    bronagh = samplewick.members["bronagh"]
    async with writing() as tx:
        seat = await directory.find_seat(tx, samplewick.room, bronagh.id)
        assert seat is not None
        await directory.end_seat(tx, seat.id)
    async with writing() as tx:
        role, purposes = PLACES["bronagh"]
        short = Seat(
            SeatId(new_id()),
            samplewick.room,
            bronagh.id,
            bronagh.agency,
            role,
            purposes,
            tx.at,
            until=tx.at + timedelta(minutes=5),
        )
        await directory.add_seat(tx, short)

    held = await hold(samplewick, "bronagh")

    assert held.allows(Act.EDIT_SECTION, samplewick.label("S3").thing)
    assert held.until - monotonic() <= 300


async def test_things_of_another_room_are_no_part_of_it(samplewick):
    samplewick.keeper.kept["elsewhere"] = replace(
        samplewick.label("S3"), room=RoomId(new_id()), thing=new_id()
    )

    held = await hold(samplewick, "imara")

    assert samplewick.label("elsewhere").thing not in held.open_things(Act.OPEN_SECTION)


async def test_a_change_of_access_counts_on_and_tells_the_keepers(samplewick):
    async with writing() as tx:
        await hold_access(tx, samplewick.room)
        await hold_access(tx, RoomId(new_id()))
        before = (await directory.get_team(tx, samplewick.room)).epoch
        epoch = await change_access(tx, samplewick.room, [samplewick.keeper])
        assert epoch == before + 1 == samplewick.keeper.epochs[-1]
        labels = await all_labels(tx, samplewick.room, [samplewick.keeper])
        assert len(labels) == 15
        things = [label.thing for label in labels[:2]]
        titles = await all_titles(tx, samplewick.room, things, [samplewick.keeper])
        assert set(titles.values()) == {"S1", "S2"}
        with pytest.raises(NotFound):
            await change_access(tx, RoomId(new_id()), [])
