"""Carets carry the name the server wrote; carets and bells reach those alone who may know."""

import json

import pytest

from consent.bell import Bell, What
from policies.facts import Kind, Label, label_of_room
from rooms import looking
from rooms.frames import Awareness
from rooms.presence import read_carets, write_carets
from server.directory.team import Role
from server.kernel.database import writing
from tests.fakes import gate


async def opened_by_both(live):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    hers, theirs = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    return imara, hers, bronagh, theirs


def show(document, state, clock=1, client=None):
    client = document.document.client_id if client is None else client
    said = "null" if state is None else json.dumps(state)
    document.say(Awareness(document.address, write_carets([(client, clock, said)])))


def seen(page, document):
    return [
        (client, json.loads(state))
        for frame in page.carets(document.address)
        for client, _clock, state in read_carets(frame.states)
    ]


async def test_a_caret_carries_the_servers_own_name_for_its_member(live):
    _imara, hers, bronagh, theirs = await opened_by_both(live)

    show(hers, {"user": {"name": "The Council"}, "cursor": {"anchor": 1}, "more": 1})
    await live.until(lambda: seen(bronagh, theirs))

    assert seen(bronagh, theirs) == [
        (
            hers.document.client_id,
            {
                "cursor": {"anchor": 1},
                "user": {
                    "member": live.imara.id.hex,
                    "name": "Imara Testwell",
                    "agency": "Tansy Vale School",
                    "role": "pastoral lead",
                },
            },
        )
    ]


async def test_nobody_moves_or_takes_away_anothers_caret(live):
    _imara, hers, bronagh, theirs = await opened_by_both(live)
    show(hers, {"cursor": 1})
    await live.until(lambda: seen(bronagh, theirs))

    show(theirs, {"cursor": 9}, clock=9, client=hers.document.client_id)
    show(theirs, None, clock=10, client=hers.document.client_id)
    await live.quiet()

    caret = live.rooms.hub.sections[live.section.id].carets[hers.document.client_id]
    assert json.loads(caret.state)["cursor"] == 1


async def test_a_caret_goes_when_its_page_goes_and_when_its_sight_is_lost(live):
    imara, hers, bronagh, theirs = await opened_by_both(live)
    show(hers, {"cursor": 1})
    await live.until(lambda: seen(bronagh, theirs))
    imara.leave()
    await live.until(lambda: seen(bronagh, theirs)[-1] == (hers.document.client_id, None))

    again = await live.page(live.imara)
    document = again.open(live.section.id.hex)
    await live.until(lambda: document.unsynced == 0)
    show(document, {"cursor": 2})
    await live.until(lambda: seen(bronagh, theirs)[-1][1])
    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.imara, live.section.id, "view", "edit")
    await live.until(lambda: seen(bronagh, theirs)[-1] == (document.document.client_id, None))


async def test_who_comes_later_sees_who_is_there(live):
    _imara, hers, _bronagh, _theirs = await opened_by_both(live)
    show(hers, {"cursor": 1})
    await live.quiet()

    later = await live.page(live.bronagh)
    document = later.open(live.section.id.hex)
    await live.until(lambda: seen(later, document))


async def test_two_grown_ups_of_one_family_never_meet_in_a_caret(live):
    imara, hers, bronagh, theirs = await opened_by_both(live)
    imara.connection.role = bronagh.connection.role = Role.PARENT_CARER

    show(hers, {"cursor": 1})
    await live.quiet(0.3)

    assert not seen(bronagh, theirs)


async def test_a_member_without_an_identity_is_neither_shown_nor_shown_others(live):
    imara, hers, bronagh, theirs = await opened_by_both(live)
    imara.connection.identity = {}  # as a member of the family has none

    show(hers, {"cursor": 1})
    show(theirs, {"cursor": 1})
    await live.quiet(0.3)

    assert not seen(bronagh, theirs)
    assert not seen(imara, hers)


@pytest.mark.parametrize(
    ("what", "kind", "rings"),
    [
        (What.SECTIONS, Kind.CONTENT, True),
        (What.ROOM, Kind.ROOM, True),
        (What.PEOPLE, Kind.CONTENT, False),  # a label of another kind than its act: nobody
    ],
)
async def test_a_bell_rings_where_its_label_may_be_seen_and_nowhere_else(live, what, kind, rings):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    label = live.section.label if kind is Kind.CONTENT else label_of_room(live.room)
    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.bronagh, label.thing, "view")
        if kind is Kind.ROOM:
            await gate.allow(tx, live.bronagh, label.thing, "view")
    await live.quiet()

    live.rooms.ring(Bell(label, what))
    await live.quiet()

    told = {
        "kind": "bell",
        "what": str(what),
        "thing": label.thing.hex if kind is Kind.CONTENT else None,
    }
    assert (told in imara.stateless()) is rings
    assert (told in bronagh.stateless()) is (rings and kind is Kind.ROOM)


async def test_a_bell_of_another_room_or_of_none_rings_nowhere(live):
    imara = await live.page(live.imara)
    other = Label(thing=live.section.id, room=None)

    live.rooms.ring(Bell(other, What.SECTIONS))
    await live.quiet()

    assert imara.stateless() == []


async def test_a_bell_that_was_rung_is_not_remembered_for_ever(live, monkeypatch):
    monkeypatch.setattr(looking, "RUNG_KNOWN_S", 0.0)
    live.rooms.ring(Bell(live.section.label, What.SECTIONS))

    await live.until(lambda: not live.rooms.hub.rung)
