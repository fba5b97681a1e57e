"""What is written and read live stands in the log: where it began, and what it was."""

import asyncio
import hashlib

import pytest

from rooms import change_store, recording
from rooms.live_rooms import LiveRooms
from server.audit.search import Filter, find_entries
from server.kernel.database import reading, writing
from tests.fakes import gate


async def entries(live, *kinds):
    """What the log says of the section, oldest first."""
    async with writing() as tx:
        page = await find_entries(tx, Filter(room=live.room), size=100)
    found = [one for one in page.entries if one.kind in kinds]
    return sorted(found, key=lambda one: one.at)


async def write(live, *words):
    page = await live.page(live.imara)
    document = page.open(live.section.id.hex)
    await live.until(lambda: document.unsynced == 0)
    for word in words:
        document.type(word)
    await live.until(lambda: document.unsynced == 0)
    return page, document


async def test_a_burst_has_one_entry_when_it_begins_and_one_when_it_ends(live):
    page, _document = await write(live, "one", "two", "three")
    began = await entries(live, "section:edit-began", "section:edited")
    assert [(one.kind, one.outcome) for one in began] == [("section:edit-began", "allowed")]

    page.leave()
    await recording.record_ended(live.rooms.hub)

    ended = (await entries(live, "section:edited"))[0]
    async with reading() as tx:
        changes = await change_store.changes_after(tx, live.section.id, 1)
    digest = hashlib.sha256(b"".join(change.update for change in changes)).hexdigest()
    assert (ended.details["from_seq"], ended.details["upto_seq"]) == (2, 4)
    assert (ended.details["count"], ended.details["sha256"]) == (3, digest)


async def test_a_burst_ends_after_quiet_and_the_next_word_begins_another(live, monkeypatch):
    monkeypatch.setattr(recording, "QUIET_S", 0.05)
    _page, document = await write(live, "one")
    await asyncio.sleep(1.3)

    document.type("two")
    await live.until(lambda: document.unsynced == 0)

    assert len(await entries(live, "section:edit-began")) == 2
    assert len(await entries(live, "section:edited")) == 1


async def test_reading_has_an_entry_when_it_begins_and_one_with_what_was_delivered(live):
    page, _document = await write(live, "one")
    page.leave()
    await recording.record_ended(live.rooms.hub)

    assert len(await entries(live, "section:opened")) == 1
    delivered = (await entries(live, "section:delivered"))[0]
    assert (delivered.details["from_seq"], delivered.details["upto_seq"]) == (1, 2)


async def test_what_a_dead_server_left_open_is_closed_as_assumed(live):
    await write(live, "one", "two")

    after = LiveRooms(gate.RowGate())
    async with writing() as tx:
        await gate.forget_when_seen(tx, live.rooms.hub.id)
    await after.start()
    try:
        edited = (await entries(live, "section:edited"))[0]
        delivered = (await entries(live, "section:delivered"))[0]
    finally:
        await after.stop()

    assert edited.details["assumed"]
    assert (edited.details["count"], edited.details["upto_seq"]) == (2, 3)
    assert delivered.details["assumed"]


async def test_a_refused_opening_stands_in_the_log(live):
    async with writing() as tx:
        await gate.withdraw(tx, live.room, live.imara, live.section.id, "view", "edit")
    page = await live.page(live.imara)
    document = page.open(live.section.id.hex)
    await live.until(lambda: document.denied)

    assert [one.outcome for one in await entries(live, "section:open-refused")] == ["refused"]


@pytest.mark.parametrize("name", ["0" * 32, "not an id"])
async def test_an_unknown_section_is_refused_in_the_same_words(live, name):
    page = await live.page(live.imara)
    document = page.open(name)
    await live.until(lambda: document.denied)

    assert document.denied == "This cannot be shown to you."
