"""Two processes on one PostgreSQL, without a bus: each finds in the rows what the other did."""

import json
import secrets
import time
from contextlib import asynccontextmanager

import pytest

from consent import bell
from consent.bell import What
from consent.store import bells
from policies.facts import Confidentiality, Label
from rooms import caret_store, change_store
from rooms.frames import Awareness
from rooms.keeping import SectionKeeper
from rooms.live_rooms import LiveRooms
from rooms.presence import read_carets, write_carets
from server.identity import sessions
from server.kernel.database import Tx, reading, writing
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id
from tests.fakes import gate
from tests.rooms.pages import Page
from tests.rooms.rooms_for_tests import SCHOOL
from tests.rooms.sign_ins import sign_in

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True)

LATE_S = 5.0
"""Each looks every 0.4 s; the rest is room for a machine that has much to do."""


@asynccontextmanager
async def another_process(live, bus=None):
    """Live rooms that hear no notice of this process, as another one's would not."""
    other = LiveRooms(gate.RowGate(), keepers=[SectionKeeper()], bus=bus)
    await other.start()
    try:
        yield other
    finally:
        await other.stop()


async def page_on(other, live, who):
    async with writing() as tx:
        token = await sign_in(tx, who)
    connection = await other.enter(who, live.room, sign_in=sessions.hash_of(token))
    page = Page(other, connection)
    page.open("room")
    live.pages.append(page)
    return page


def names_seen(page, document):
    return [
        json.loads(state)["user"]["name"] if state != "null" else None
        for frame in page.carets(document.address)
        for _client, _clock, state in read_carets(frame.states)
    ]


def bells_heard(page, what):
    return [one for one in page.stateless() if one.get("what") == what]


async def test_a_bell_rung_in_one_process_rings_in_the_other_where_it_may_and_once(live):
    async with another_process(live) as other:
        imara, bronagh = (
            await page_on(other, live, live.imara),
            await page_on(other, live, live.bronagh),
        )
        async with writing() as tx:
            await gate.withdraw(tx, live.room, live.bronagh, live.section.id, "view", "edit")
            bell.ring(tx, live.section.label, What.SECTIONS)
        began = time.monotonic()
        await live.until(lambda: bells_heard(imara, "sections"))
        took_s = time.monotonic() - began
        await live.quiet(1.0)

        assert len(bells_heard(imara, "sections")) == 1
        assert bells_heard(bronagh, "sections") == []
    assert took_s < LATE_S


async def test_a_bell_that_is_rolled_back_rings_nowhere(live):
    async with another_process(live) as other:
        imara = await page_on(other, live, live.imara)
        with pytest.raises(ZeroDivisionError):
            async with writing() as tx:
                bell.ring(tx, live.section.label, What.SECTIONS)
                raise ZeroDivisionError
        await live.quiet(0.9)

        assert bells_heard(imara, "sections") == []


async def test_words_written_in_one_process_are_rung_for_readers_in_the_other(live):
    async with another_process(live) as other:
        reads = await page_on(other, live, live.bronagh)
        writes = await live.page(live.imara)
        hers = writes.open(live.section.id.hex)
        await live.until(lambda: hers.unsynced == 0)
        await live.until(lambda: live.rooms.hub.has_others)

        hers.type("Otis came on 32 days.")
        await live.until(lambda: bells_heard(reads, "sections"))

        assert bells_heard(reads, "sections")[0]["thing"] == live.section.id.hex


async def test_a_caret_is_seen_in_the_other_process_under_its_members_own_name_until_she_goes(live):
    async with another_process(live) as other:
        imara, bronagh = await live.page(live.imara), await page_on(other, live, live.bronagh)
        hers, theirs = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
        await live.until(lambda: hers.unsynced == theirs.unsynced == 0)

        said = json.dumps({"user": {"name": "The Council"}, "cursor": {"anchor": 1}})
        own = hers.document.client_id
        hers.say(Awareness(hers.address, write_carets([(own, 1, said)])))
        await live.until(lambda: names_seen(bronagh, theirs))
        imara.leave()
        await live.until(lambda: names_seen(bronagh, theirs)[-1] is None)

        assert names_seen(bronagh, theirs) == ["Imara Testwell", None]
        async with reading() as tx:
            assert await caret_store.list_others(tx, new_id(), [live.section.id]) == []


async def test_a_caret_from_elsewhere_passes_the_same_gate(live):
    """A page of the family, and a member who lost sight of the section, are shown to nobody."""
    async with another_process(live) as other:
        bronagh = await page_on(other, live, live.bronagh)
        theirs = bronagh.open(live.section.id.hex)
        await live.until(lambda: theirs.unsynced == 0 and other.hub.has_others)
        async with writing() as tx:
            await gate.withdraw(tx, live.room, live.imara, live.section.id, "view", "edit")
            said = [
                caret_store.PassedCaret(live.section.id, 7, live.imara.id, 1, "{}"),
                caret_store.PassedCaret(live.section.id, 8, MemberId(new_id()), 1, "{}"),
            ]
            await caret_store.put(tx, live.rooms.hub.id, said, [])
        await live.quiet(1.0)
        assert names_seen(bronagh, theirs) == []

        async with writing() as tx:
            await gate.allow(tx, live.imara, live.section.id, "view")
            await gate.changed(tx, live.room)
        await live.until(lambda: names_seen(bronagh, theirs))
        assert names_seen(bronagh, theirs) == ["Imara Testwell"]


async def test_a_bell_keeps_the_whole_label_of_what_changed(live):
    label = Label(
        thing=new_id(),
        room=live.room,
        categories=frozenset({"education_attendance", "health"}),
        origins=frozenset({SCHOOL, AgencyCode("quillmere_hv")}),
        subjects=frozenset({PersonId(new_id())}),
        confidentiality=Confidentiality.RESTRICTED,
        named=frozenset({live.imara.id}),
        shown_to=frozenset({live.bronagh.id}),
        author=live.imara.id,
        serves=new_id(),
    )
    told = frozenset({SCHOOL})
    async with writing() as tx:
        bell.ring(tx, label, What.ACTIONS, told=told)
    async with reading() as tx:
        found = await bell.rung_lately(tx, {live.room})
        assert [(one.label, one.what, one.told) for one in found] == [(label, What.ACTIONS, told)]
        assert await bell.rung_lately(tx, {live.room}, but={found[0].id}) == []


async def test_bells_and_carets_are_deleted_after_seconds(live, monkeypatch):
    async with writing() as tx:
        bell.ring(tx, live.section.label, What.SECTIONS)
        said = caret_store.PassedCaret(
            live.section.id, secrets.randbits(31), live.imara.id, 1, "{}"
        )
        await caret_store.put(tx, new_id(), [said], [])
    monkeypatch.setattr(bells, "KEPT", -bells.KEPT)
    monkeypatch.setattr(caret_store, "KEPT", -caret_store.KEPT)
    async with writing() as tx:
        await bell.clear_rung(tx)
        await caret_store.clear(tx)
    monkeypatch.undo()
    async with reading() as tx:
        assert await bell.rung_lately(tx, {live.room}) == []
        assert await caret_store.list_others(tx, new_id(), [live.section.id]) == []


class Busy(Tx):
    """A reading between whose statements somebody else stores a change."""

    def __init__(self, connection, store_one):
        super().__init__(connection)
        self.store_one = store_one

    async def rows(self, *asked):
        found = await super().rows(*asked)
        await self.store_one()
        return found


async def test_no_change_is_counted_that_was_not_read_while_others_store(live):
    async def store_one():
        async with writing() as tx:
            author = (live.imara.id, b"a change")
            assert await change_store.append(tx, live.section.id, live.room, 1, [author])

    await store_one()
    async with reading() as tx:
        busy = Busy(tx.connection, store_one)
        words = (await change_store.load_words(busy, [live.section.id]))[live.section.id]
        later = await change_store.changes_after(busy, live.section.id, 0)

    assert [change.seq for change in words.changes] == list(range(1, words.seq + 1))
    assert [change.seq for change in later] == list(range(1, len(later) + 1))
    assert len(later) > words.seq
