"""The gate on rows: what it records, what it does when it cannot know, and what a look keeps."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from consent import gate, gathering
from consent.consent import Agreed
from consent.gathering import Seen
from consent.judging import FACTS_MISSING, NO_ANSWER
from consent.statement import Owes
from policies import revision
from policies.act import Act
from policies.decision import Denied
from policies.facts import Kind, label_of_house, label_of_room
from server.directory import store as directory
from server.directory.team import Role
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import RoomId, new_id
from tests.consent import facts as plain
from tests.consent.acts import ask, entries, sift
from tests.consent.test_emergency import let_in


@pytest.fixture
def faults(monkeypatch, caplog):
    """Let the facts fail to be found, or the policies give no answer."""
    caplog.set_level(logging.ERROR, "consent.gate")

    def fail(of: object, name: str, fault: Exception) -> None:
        async def fails(*asked: object, **named: object) -> None:
            raise fault

        monkeypatch.setattr(of, name, fails)

    return fail


GONE = OperationalError("SELECT", {}, OSError("gone"))


def told(caplog) -> list[str]:
    heard = [one.getMessage() for one in caplog.records if one.name == "consent.gate"]
    caplog.clear()
    return heard


async def test_an_entry_tells_of_the_room_and_one_that_makes_a_room_of_that(samplewick):
    imara, made = samplewick.members["imara"], RoomId(new_id())

    await ask(imara, Act.OPEN_SECTION, samplewick.label("S3"))
    assert (await entries())[0].room == samplewick.room
    async with writing() as tx:
        house = label_of_house(Kind.ROOM)
        await gate.require(tx, imara, Act.OPEN_ROOM, house, makes=made)
    assert (await entries())[0].room == made


async def test_a_refusal_of_an_operations_own_rule_is_recorded(samplewick):
    imara, part = samplewick.members["imara"], samplewick.label("S3")
    with pytest.raises(Denied):
        async with writing() as tx:
            gate.refuse(tx, imara, Act.OPEN_SECTION, part, why="GUARD-OWN-RULE")

    newest = (await entries())[0]
    assert (newest.kind, newest.outcome) == ("section:open-refused", "refused")
    assert newest.details
    assert newest.details["why"] == "GUARD-OWN-RULE"


async def test_to_explain_is_noted_and_is_no_decision(samplewick):
    async with writing() as tx:
        await gate.explain(
            tx, samplewick.members["imara"], Act.OPEN_SECTION, samplewick.label("S3")
        )

    newest = (await entries())[0]
    assert (newest.kind, newest.outcome) == ("access:explained", "noted")


async def test_facts_that_cannot_be_found_are_a_no_told_to_operators_by_kind_alone(
    samplewick, faults, caplog, monkeypatch
):
    bronagh, part = samplewick.members["bronagh"], samplewick.label("S3")
    faults(directory, "find_seat", GONE)
    faults(directory, "list_seats", GONE)

    assert (await ask(bronagh, Act.OPEN_SECTION, part)).why == FACTS_MISSING
    assert told(caplog) == ["the gate had no answer: OperationalError"]
    with pytest.raises(Denied) as no:
        await sift(bronagh, Act.LIST_SECTIONS, [part])
    assert no.value.decision.why == FACTS_MISSING
    assert told(caplog) == ["the gate had no answer: OperationalError"]
    async with writing() as tx:
        held = await gate.capability(tx, bronagh, samplewick.room, [part])
        look = await gate.Look(tx, bronagh, samplewick.room).capability([part])
    assert (held.epoch, held.things) == (look.epoch, look.things) == (0, {})
    assert told(caplog) == ["the gate had no answer: OperationalError"] * 2
    monkeypatch.undo()
    refused = [
        one for one in await entries() if one.details and one.details.get("why") == FACTS_MISSING
    ]
    assert [(one.kind, one.outcome, one.room) for one in refused] == [
        ("section:list-refused", "refused", samplewick.room),
        ("section:open-refused", "refused", samplewick.room),
    ]


async def test_without_policies_even_an_empty_list_is_no_answer(samplewick, faults, monkeypatch):
    faults(revision, "book", ZeroDivisionError())

    with pytest.raises(Denied) as no:
        await sift(samplewick.members["imara"], Act.LIST_ROOMS, [])

    monkeypatch.undo()
    assert no.value.decision.why == NO_ANSWER
    assert (await entries())[0].kind == "room:list-refused"
    assert await sift(samplewick.members["imara"], Act.LIST_ROOMS, []) == []


async def test_a_list_over_rooms_asks_in_the_order_of_their_ids(samplewick, monkeypatch):
    asked: list[RoomId | None] = []
    shared = gathering.shared_team

    async def noted(tx, room):
        asked.append(room)
        return await shared(tx, room)

    monkeypatch.setattr(gate, "shared_team", noted)
    rooms = [samplewick.room, RoomId(new_id()), RoomId(new_id()), RoomId(new_id())]
    rooms.sort(key=lambda room: room.int, reverse=True)
    labels = [label_of_room(room) for room in rooms] + [label_of_house(Kind.ROOM)]

    shown = await sift(samplewick.members["imara"], Act.LIST_ROOMS, labels)

    assert asked == [None, *reversed(rooms)]
    assert [one.room for one in shown if one.room] == [samplewick.room]


async def test_a_look_finds_places_and_emergencies_and_is_at_one_room(samplewick):
    imara, bronagh = samplewick.members["imara"], samplewick.members["bronagh"]
    room, part = samplewick.room, samplewick.label("S3")
    async with writing() as tx:
        look = gate.Look(tx, imara, room)
        seat = await look.seat()
        assert seat is not None
        assert seat.member == imara.id
        assert not await look.is_open_in_emergency()
        assert await look.readers_of_each([]) == []
        reference = (await look.team()).reference
        with pytest.raises(Denied):
            await look.sift(Act.OPEN_SECTION, [part, replace(part, room=RoomId(new_id()))])
    await let_in(samplewick, reference)
    async with writing() as tx:
        assert await gate.Look(tx, imara, room).is_open_in_emergency()
        mixed = [label_of_room(room), part]
        for held in (
            await gate.Look(tx, bronagh, room).capability(mixed),
            await gate.capability(tx, bronagh, room, mixed),
        ):
            assert held.allows(Act.OPEN_SECTION, part.thing)
            assert held.allows(Act.VIEW_ROOM, room)


def test_somebody_asks_by_her_place_by_what_she_owes_or_by_an_emergency():
    seated, let, nobody = (plain.practitioner(plain.HEALTH) for _ in range(3))
    found = plain.facts(emergencies={let.id: plain.AT + plain.DAY})
    seen = Seen(plain.team(), (plain.seat(seated, Role.TAC_MEMBER),), found)

    roles = [seen.asker(who, Kind.CONTENT).role for who in (seated, let, nobody)]

    assert roles == ["tac_member", "practitioner", "none"]
    assert seen.asker(seated, Kind.CONTENT).owes is Owes.ALL
    assert seen.asker(nobody, Kind.CONTENT).owes is Owes.NOTHING


async def test_answers_in_memory_are_bounded_and_the_room_asked_about_stays(
    samplewick, monkeypatch
):
    bronagh, part = samplewick.members["bronagh"], samplewick.label("S3")
    other = RoomId(new_id())
    for bound, kept in ((1, [samplewick.room]), (100_000, [other, samplewick.room])):
        monkeypatch.setattr(gathering, "_MOST_ANSWERS_KEPT", bound)
        gathering._kept.clear()
        gathering._kept[other] = gathering._Kept(frozenset(), Agreed(plain.AT), 5)

        assert (await ask(bronagh, Act.OPEN_SECTION, part)).allowed
        assert list(gathering._kept) == kept
        assert (await ask(bronagh, Act.OPEN_SECTION, part)).allowed


async def test_what_has_ended_since_is_agreed_no_more_though_no_row_changed(samplewick):
    bronagh, part = samplewick.members["bronagh"], samplewick.label("S3")

    assert (await ask(bronagh, Act.OPEN_SECTION, part)).allowed
    with clock.moved_to(clock.now() + timedelta(days=157)):
        assert not (await ask(bronagh, Act.OPEN_SECTION, part)).allowed
