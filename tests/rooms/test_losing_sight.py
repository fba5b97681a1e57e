"""Who loses sight of a section loses it at once, whole, and is told so; the rest goes on."""

import asyncio

from consent.bell import Bell, What
from rooms import sight
from rooms.keeping import SectionKeeper
from rooms.live import CloseCode
from rooms.live_rooms import LiveRooms
from server.kernel import notices
from server.kernel.database import writing
from server.kernel.ids import RoomId, new_id
from tests.fakes import gate
from tests.rooms.rooms_for_tests import add_section, practitioner


async def opened_by_both(live):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    hers, other = imara.open(live.section.id.hex), imara.open(live.other.id.hex)
    theirs = bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == other.unsynced == theirs.unsynced == 0)
    return imara, hers, other, theirs


async def withdraw(live, who, thing, *verbs):
    async with writing() as tx:
        await gate.withdraw(tx, live.room, who, thing, *verbs)


async def test_a_section_is_closed_its_page_is_told_and_the_rest_goes_on(live):
    imara, hers, other, theirs = await opened_by_both(live)

    await withdraw(live, live.imara, live.section.id, "view", "edit")
    await live.until(lambda: hers.closed)

    assert hers.denied == "You can no longer see this part of the plan."
    assert {"kind": "access", "lost": [live.section.id.hex]} in imara.stateless()
    theirs.type("not for Imara")
    other.type("still hers")
    await live.until(lambda: theirs.unsynced == other.unsynced == 0)
    assert b"not for Imara" not in b"".join(imara.bytes_heard)


async def test_a_page_that_only_reads_is_told_to_look_again_and_no_other_page_is(live):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)

    await withdraw(live, live.imara, live.section.id, "view", "edit")
    await live.until(imara.stateless)
    await live.quiet(0.5)

    assert imara.stateless() == [{"kind": "bell", "what": "access", "thing": None}]
    assert bronagh.stateless() == []


async def test_a_page_that_only_reads_hears_of_new_words_and_who_may_not_read_does_not(live):
    outside, reading = await live.page(live.imara), await live.page(live.bronagh)
    writing_page = await live.page(live.bronagh)
    await withdraw(live, live.imara, live.section.id, "view", "edit")
    await live.until(outside.stateless)
    theirs = writing_page.open(live.section.id.hex)
    await live.until(lambda: theirs.unsynced == 0)

    theirs.type("something new")
    await live.until(reading.stateless)
    await asyncio.sleep(1.2)
    await live.quiet()

    assert reading.stateless() == [
        {"kind": "bell", "what": "sections", "thing": live.section.id.hex}
    ]
    assert writing_page.stateless() == []
    assert outside.stateless() == [{"kind": "bell", "what": "access", "thing": None}]


async def test_a_page_fetched_before_and_opened_after_a_withdrawal_is_told_to_look_again(live):
    fetched = {who: await live.rooms.stamp(who, live.room) for who in (live.imara, live.bronagh)}

    await withdraw(live, live.imara, live.section.id, "view", "edit")
    hers = await live.come_live(live.imara, fetched[live.imara])
    theirs = await live.come_live(live.bronagh, fetched[live.bronagh])
    await live.until(lambda: hers.stateless() and theirs.documents["room"].scope)
    await live.quiet()

    assert hers.stateless() == [{"kind": "bell", "what": "access", "thing": None}]
    # What changed for Imara is not Bronagh's to know, not even that something did.
    assert theirs.stateless() == []


async def test_a_page_is_told_so_however_late_and_by_whatever_process_it_was_changed(live):
    fetched = await live.rooms.stamp(live.imara, live.room)
    notices.forget_all()
    await withdraw(live, live.imara, live.section.id, "view", "edit")

    another = LiveRooms(gate.RowGate(), keepers=[SectionKeeper()])
    await another.start()
    try:
        live.rooms, first = another, live.rooms
        hers = await live.come_live(live.imara, fetched)
        await live.until(hers.stateless)
    finally:
        live.rooms = first
        await another.stop()

    assert hers.stateless() == [{"kind": "bell", "what": "access", "thing": None}]


async def test_a_page_of_which_nobody_knows_what_it_shows_is_told_to_look_again(live):
    unknown = await live.come_live(live.imara, sight.NO_STAMP)
    await live.until(unknown.stateless)

    assert unknown.stateless() == [{"kind": "bell", "what": "access", "thing": None}]


async def test_somebody_without_a_place_gets_the_same_stamp_in_a_room_and_in_none(live):
    outsider = practitioner("Wilhelmina Placeholder")

    assert await live.rooms.stamp(outsider, live.room) == sight.NO_STAMP
    assert await live.rooms.stamp(outsider, RoomId(new_id())) == sight.NO_STAMP


async def test_stamps_in_memory_are_bounded_and_forgotten_when_something_comes_new(
    live, monkeypatch
):
    monkeypatch.setattr(sight, "MOST_KNOWN", 1)
    known = live.rooms._sights._known
    before = await live.rooms.stamp(live.imara, live.room)
    await live.rooms.stamp(live.bronagh, live.room)
    assert list(known) == [(live.room, live.bronagh.id)]

    async with writing() as tx:
        added = await add_section(tx, live.room, live.imara, "New.", heading="Roman")
        await gate.allow(tx, live.bronagh, added.id, "view")
    was = known[live.room, live.bronagh.id].stamp
    live.rooms.ring(Bell(added.label, What.SECTIONS))

    assert await live.rooms.stamp(live.bronagh, live.room) != was
    assert await live.rooms.stamp(live.imara, live.room) == before


async def test_a_lost_notice_costs_less_than_a_second(live):
    notices.forget_all()
    _imara, hers, _other, _theirs = await opened_by_both(live)
    began = asyncio.get_running_loop().time()

    await withdraw(live, live.imara, live.section.id, "view", "edit")
    await live.until(lambda: hers.closed)

    assert asyncio.get_running_loop().time() - began < 1.0


async def test_who_may_only_read_now_is_told_and_her_words_are_refused(live):
    _imara, hers, _other, theirs = await opened_by_both(live)

    await withdraw(live, live.imara, live.section.id, "edit")
    await live.until(lambda: hers.scope == "readonly")
    hers.type("too late")
    await live.until(lambda: hers.refused == 1)
    theirs.type("still read")
    await live.until(lambda: "still read" in hers.text)

    assert hers.closed is None
    assert "too late" not in theirs.text


async def test_who_may_write_again_is_told_so(live):
    _imara, hers, _other, _theirs = await opened_by_both(live)
    await withdraw(live, live.imara, live.section.id, "edit")
    await live.until(lambda: hers.scope == "readonly")

    async with writing() as tx:
        await gate.allow(tx, live.imara, live.section.id, "edit")
        await gate.changed(tx, live.room)
    await live.until(lambda: hers.scope == "read-write")


async def test_who_loses_her_place_in_the_room_is_closed_out(live):
    imara, hers, other, _theirs = await opened_by_both(live)

    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.imara, live.section.id, "view", "edit")
    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.imara, live.other.id, "view", "edit")
    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.imara, live.room, "view")
    await live.until(lambda: imara.connection.closed)

    assert imara.connection.closed == (CloseCode.FORBIDDEN, "You can no longer see this room.")
    assert hers.denied
    assert other.denied
    assert imara.documents["room"].denied


async def test_who_signs_out_is_closed_within_two_seconds(live):
    imara, _hers, _other, _theirs = await opened_by_both(live)
    began = asyncio.get_running_loop().time()

    async with writing() as tx:
        await gate.end_sign_ins(tx, live.imara)
    await live.until(lambda: imara.connection.closed)

    assert imara.connection.closed[0] is CloseCode.SIGNED_OUT
    assert asyncio.get_running_loop().time() - began < 2.0


async def test_signing_out_closes_the_pages_of_that_sign_in_at_once_and_no_other(live):
    here, elsewhere = await live.page(live.imara), await live.page(live.imara)
    hers = here.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == 0)

    await notices.tell(notices.SignedOut(here.connection.sign_in))

    assert here.connection.closed[0] is CloseCode.SIGNED_OUT
    await asyncio.sleep(1.2)
    assert elsewhere.connection.closed is None


async def test_an_epoch_that_moved_for_somebody_else_disturbs_no_one(live):
    _imara, hers, other, theirs = await opened_by_both(live)
    for word in range(6):
        hers.type(f"hers{word}")
        theirs.type(f"theirs{word}")
        async with writing() as tx:
            await gate.changed(tx, live.room)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    await live.until(lambda: hers.text == theirs.text)

    assert all(f"hers{word}" in theirs.text for word in range(6))
    assert all(f"theirs{word}" in hers.text for word in range(6))
    assert hers.refused == theirs.refused == 0
    assert other.closed is None


async def test_an_epoch_that_moved_unheard_loses_nothing_of_a_batch_of_two_sections(live):
    _imara, hers, other, theirs = await opened_by_both(live)
    notices.forget_all()  # the notice of it is lost
    async with writing() as tx:
        await gate.changed(tx, live.room)
    hers.type("in the one")
    other.type("in the other")
    await live.until(lambda: hers.unsynced == other.unsynced == 0)
    await live.until(lambda: hers.text == theirs.text)

    assert "in the one" in theirs.text
    assert hers.refused == other.refused == 0


async def test_a_gate_that_does_not_know_for_a_moment_closes_nothing(live, monkeypatch):
    _imara, hers, _other, theirs = await opened_by_both(live)
    knows, asked = live.rooms.hub.door.capability, []

    async def knows_later(tx, who, room, labels):
        asked.append(who)
        held = await knows(tx, who, room, labels)
        return gate.unsure(held) if len(asked) < 4 else held

    monkeypatch.setattr(live.rooms.hub.door, "capability", knows_later)
    async with writing() as tx:
        await gate.changed(tx, live.room)
    hers.type("kept")
    await live.until(lambda: hers.unsynced == 0 and "kept" in theirs.text)

    assert hers.closed is None
    assert len(asked) >= 4


async def test_a_section_opened_while_the_gate_is_asked_about_others_stays_open(live, monkeypatch):
    imara = await live.page(live.imara)
    ask, answers, asked = live.rooms.hub.door.capability, asyncio.Event(), []

    async def asked_for_long(tx, who, room, labels):
        held = await ask(tx, who, room, labels)
        asked.append(who)
        if len(asked) == 1:
            await answers.wait()
        return held

    monkeypatch.setattr(live.rooms.hub.door, "capability", asked_for_long)
    live.rooms.hub.ask_again(live.room)
    await live.until(lambda: asked)
    hers = imara.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == 0)
    answers.set()
    await live.quiet()
    hers.type("still open")
    await live.until(lambda: hers.unsynced == 0)

    assert hers.closed is None
    assert hers.denied is None


async def test_a_gate_that_goes_on_not_knowing_is_a_no(live, monkeypatch):
    imara, hers, _other, _theirs = await opened_by_both(live)
    knows = live.rooms.hub.door.capability

    async def never_knows(tx, who, room, labels):
        return gate.unsure(await knows(tx, who, room, labels))

    monkeypatch.setattr(live.rooms.hub.door, "capability", never_knows)
    async with writing() as tx:
        await gate.changed(tx, live.room)
    await live.until(lambda: imara.connection.closed)

    assert hers.denied
