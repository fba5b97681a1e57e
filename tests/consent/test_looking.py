"""One look at a room for many questions: it answers as the gate does, and records all of them."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from consent import gate
from policies.act import Act
from policies.decision import Denied
from policies.facts import Kind, label_of_room
from server.audit import log
from server.kernel.database import writing
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId, new_id
from tests.consent.acts import ask, entries, hold, sift, stop


async def test_a_look_answers_as_the_gate_does_for_every_member(samplewick):
    labels = list(samplewick.keeper.kept.values())
    for code, who in samplewick.members.items():
        if (await ask(who, Act.VIEW_ROOM, label_of_room(samplewick.room))).allowed is False:
            continue
        by_gate = await sift(who, Act.OPEN_SECTION, labels)
        held = await hold(samplewick, code)
        async with writing() as tx, gate.looking(tx, who, samplewick.room) as look:
            assert await look.sift(Act.OPEN_SECTION, labels) == by_gate
            in_look = await look.capability(labels)
            readers = await look.readers_of_each(labels)
            assert readers == [await gate.readers(tx, who, label) for label in labels]
        assert (in_look.things, in_look.epoch) == (held.things, held.epoch)
        sees = [any(one.member.id == who.id for one in each) for each in readers]
        assert sees == [label in by_gate for label in labels]


async def test_what_a_look_allowed_is_recorded_together_when_it_ends(samplewick):
    imara, before = samplewick.members["imara"], len(await entries())

    async with writing() as tx, gate.looking(tx, imara, samplewick.room) as look:
        await look.require(Act.VIEW_ROOM, label_of_room(samplewick.room))
        await look.require(Act.OPEN_SECTION, samplewick.label("S3"))
        await look.sift(Act.LIST_SECTIONS, samplewick.keeper.kept.values())

    told = (await entries())[: len(await entries()) - before]
    assert sorted(one.kind for one in told) == ["room:viewed", "section:listed", "section:opened"]
    assert {one.room for one in told} == {samplewick.room}
    assert len({one.at for one in told}) == 1


async def test_a_no_in_a_look_leaves_nothing_but_its_own_entry(samplewick):
    leona, before = samplewick.members["leona"], len(await entries())

    with pytest.raises(Denied):
        async with writing() as tx, gate.looking(tx, leona, samplewick.room) as look:
            await look.require(Act.VIEW_ROOM, label_of_room(samplewick.room))
            await look.require(Act.EDIT_SECTION, samplewick.label("S4"))

    told = await entries()
    assert len(told) == before + 1
    assert (told[0].kind, told[0].outcome) == ("section:edit-refused", "refused")


async def test_without_a_log_a_look_shows_nothing(samplewick, monkeypatch):
    async def cannot(tx, *told):
        raise OSError(tx, told)

    monkeypatch.setattr(log, "record", cannot)
    shown = []

    async def show() -> None:
        async with writing() as tx:
            async with gate.looking(tx, samplewick.members["imara"], samplewick.room) as look:
                found = await look.sift(Act.OPEN_SECTION, [samplewick.label("S3")])
            shown.append(found)

    with pytest.raises(OSError):  # noqa: PT011  the fault itself, whatever its words
        await show()
    assert shown == []


@pytest.mark.parametrize("table", ["consent", "sharing_decision", "seat", "team"])
async def test_facts_that_cannot_be_found_close_everything_a_look_asks(samplewick, table):
    imara, label = samplewick.members["imara"], samplewick.label("S3")
    async with writing() as tx:
        await tx.execute(text(f"ALTER TABLE {table} RENAME TO lost"))

    for asked in ("require", "sift"):
        with pytest.raises(Denied):
            async with writing() as tx, gate.looking(tx, imara, samplewick.room) as look:
                if asked == "require":
                    await look.require(Act.OPEN_SECTION, label)
                else:
                    await look.sift(Act.OPEN_SECTION, [label])


async def test_a_thing_of_another_room_is_closed_to_a_look(samplewick):
    imara = samplewick.members["imara"]
    elsewhere = replace(samplewick.label("S3"), room=RoomId(new_id()))

    with pytest.raises(Denied):
        async with writing() as tx, gate.looking(tx, imara, samplewick.room) as look:
            await look.require(Act.OPEN_SECTION, elsewhere)
    async with writing() as tx, gate.looking(tx, imara, samplewick.room) as look:
        held = await look.capability([elsewhere])
        assert await look.readers_of_each([elsewhere]) == [[]]

    assert not held.allows(Act.OPEN_SECTION, elsewhere.thing)


async def test_a_look_after_a_withdrawal_no_longer_shows_what_it_closed(samplewick):
    leona, label = samplewick.members["leona"], samplewick.label("S7")

    async def look_at() -> list[object]:
        async with writing() as tx, gate.looking(tx, leona, samplewick.room) as look:
            return list(await look.sift(Act.OPEN_SECTION, [label]))

    before = await look_at()
    await stop(samplewick, "money")

    assert before == [label]
    assert await look_at() == []


async def test_a_stranger_learns_of_no_place_by_a_look(samplewick):
    saskia = samplewick.members["saskia"]

    with pytest.raises(Denied):
        async with writing() as tx, gate.looking(tx, saskia, samplewick.room) as look:
            await look.require(Act.LIST_SEATS, label_of_room(samplewick.room, Kind.SEAT))
    with pytest.raises(Denied):
        async with writing() as tx, gate.looking(tx, saskia, RoomId(new_id())) as look:
            await look.require(Act.LIST_SEATS, label_of_room(look.room, Kind.SEAT))


async def test_a_look_at_no_room_finds_no_team_and_one_that_asked_nothing_records_nothing(
    samplewick,
):
    imara, before = samplewick.members["imara"], len(await entries())

    async with writing() as tx, gate.looking(tx, imara, RoomId(new_id())) as look:
        with pytest.raises(NotFound):
            await look.team()
        assert await look.seat() is None
        assert await look.readers_of_each([]) == []

    assert len(await entries()) == before
