"""Two processes on one PostgreSQL and NATS: hints bring at once what looking would bring later.

The looks are put off for hours here, so that what arrives can have come by a hint alone; and once
more without the bus, where what arrives can have come by a look alone.
"""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from consent import bell
from consent.bell import What
from rooms import looking
from rooms.frames import Awareness
from rooms.hints import About, Hint, read_hint, subject_of, write_hint
from rooms.presence import write_carets
from server.kernel.bus import NatsBus
from server.kernel.database import writing
from server.kernel.ids import RoomId, SectionId, new_id
from server.kernel.notices import AccessChanged, SignedOut
from tests.fakes import gate
from tests.real.nats import nats_running
from tests.rooms.server_processes import until
from tests.rooms.test_elsewhere import another_process, bells_heard, names_seen, page_on

on_postgres = pytest.mark.parametrize("store", ["postgres"], indirect=True)


@asynccontextmanager
async def carried(address):
    bus = NatsBus(address)
    await bus.start()
    try:
        await until(lambda: bus.is_up)
        yield bus
    finally:
        await bus.stop()


@asynccontextmanager
async def two_processes(live):
    """Two processes that both have the bus; neither is told anything by notices alone."""
    async with (
        nats_running() as nats,
        carried(nats.address) as ours,
        carried(nats.address) as its,
        another_process(live, ours) as here,
        another_process(live, its) as there,
    ):
        yield nats, here, there


async def open_in_both(live, here, there):
    imara, bronagh = await page_on(here, live, live.imara), await page_on(there, live, live.bronagh)
    hers, theirs = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    await live.until(lambda: here.hub.has_others and there.hub.has_others)
    return imara, hers, bronagh, theirs


async def look_no_more(monkeypatch, *processes):
    """Have these processes look at nothing by themselves any more; their lease is for hours."""
    monkeypatch.setattr(looking, "LOOK_EACH_S", 3600.0)
    for one in processes:
        looks = one._rounds[:2]
        for each in looks:
            each.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        one._rounds[1] = asyncio.create_task(one._look_beside())
        one.hub.lease_until += 7200.0


@on_postgres
async def test_what_one_does_the_other_hears_at_once_by_hints_alone(live, monkeypatch):
    async with two_processes(live) as (_nats, here, there):
        _imara, hers, bronagh, theirs = await open_in_both(live, here, there)
        await look_no_more(monkeypatch, here, there)

        hers.type("Otis came on 32 days.")
        await live.until(lambda: "32 days" in theirs.text)
        theirs.type("Hearing checked.")
        await live.until(lambda: "Hearing" in hers.text)

        said = json.dumps({"cursor": {"anchor": 1}})
        hers.say(Awareness(hers.address, write_carets([(hers.document.client_id, 1, said)])))
        await live.until(lambda: names_seen(bronagh, theirs) == ["Imara Testwell"])

        async with writing() as tx:
            bell.ring(tx, live.other.label, What.SECTIONS)
        here.hub.tell_others(Hint(About.BELL, live.room))
        await live.until(lambda: bells_heard(bronagh, "sections"))

        async with writing() as tx:
            epoch = await gate.withdraw(
                tx, live.room, live.bronagh, live.section.id, "view", "edit"
            )
        here.access_changed(AccessChanged(live.room, epoch))
        await live.until(lambda: theirs.closed)
        here.signed_out(SignedOut(b"of somebody else"))
        await live.quiet()
        assert bronagh.connection.closed is None  # it looks at the rows, and believes nothing


@on_postgres
async def test_while_the_bus_is_down_everything_arrives_by_looking_and_it_comes_back(live):
    async with two_processes(live) as (nats, here, there):
        _imara, hers, _bronagh, theirs = await open_in_both(live, here, there)
        buses = [here._bus, there._bus]
        await nats.stop()
        await until(lambda: not any(bus.is_up for bus in buses))
        assert [await bus.is_well() for bus in buses] == [False, False]

        hers.type("while it was down")
        await live.until(lambda: "while it was down" in theirs.text)

        heard: list[bytes] = []
        await buses[1].follow("room.of.a.test", heard.append)
        buses[0].tell("room.of.a.test", b"never sent")
        await nats.start()
        await until(lambda: all(bus.is_up for bus in buses))
        await until(lambda: buses[0].tell("room.of.a.test", b"again") or heard)
        await buses[1].leave("room.of.a.test")
        assert b"never sent" not in heard
        assert there._followed == {live.room}


def test_a_hint_is_read_as_it_was_written():
    room, section = RoomId(new_id()), SectionId(new_id())
    hint = Hint(About.STORED, room, section, 8)

    assert read_hint(room, write_hint(hint)) == hint
    assert subject_of(room) == f"room.{room.hex}"
    assert read_hint(None, write_hint(Hint(About.SIGN_INS))) == Hint(About.SIGN_INS)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 9999,
        b'["unknown", null, 0]',
        b'["stored", "no id", 0]',
        b'["stored", 7, 0]',
        b'["stored", null, "x"]',
        b'["stored", null, 1e999]',
    ],
)
def test_what_is_no_hint_is_passed_over(said):
    assert read_hint(RoomId(new_id()), said) is None


@on_postgres
async def test_made_up_hints_change_nothing(live):
    """Whoever can write to the bus can have rows read; he learns, tells and closes nothing."""
    rooms = live.rooms
    imara = await live.page(live.imara)
    hers = imara.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == 0)
    stood_at = rooms.hub.sections[live.section.id].seq

    for about in About:
        for room in (live.room, RoomId(new_id())):
            for section in (live.section.id, SectionId(new_id()), None):
                rooms._hint(room, write_hint(Hint(about, room, section, 9**9)))
    hers.type("goes on")
    await live.until(lambda: hers.unsynced == 0)
    await live.quiet()

    assert rooms.hub.sections[live.section.id].seq == stood_at + 1
    assert hers.closed is None
    assert imara.connection.closed is None
    assert hers.scope == "read-write"
