"""What no honest page sends: refused with a reason, while the socket and other sections go on."""

import random
from typing import Any

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms import limits
from rooms.frames import (
    Awareness,
    BroadcastStateless,
    Stateless,
    SyncStatus,
    SyncStep2,
    Update,
    write_frame,
)
from rooms.live import CloseCode
from rooms.plan import ROOT
from tests.rooms.test_writing_together import stored


@pytest.fixture
async def opened(live):
    page = await live.page(live.imara)
    one, two = page.open(live.section.id.hex), page.open(live.other.id.hex)
    await live.until(lambda: one.unsynced == 0 and two.unsynced == 0)
    return page, one, two


async def goes_on(live, document, words="and it goes on"):
    document.type(words)
    await live.until(lambda: document.unsynced == 0)
    assert words in document.text


def reasons(page, address):
    return [said["reason"] for said in page.stateless(address) if said["kind"] == "refused"]


@pytest.mark.parametrize("seed", range(5))
async def test_random_and_cut_off_messages_change_nothing(live, opened, seed):
    page, one, two = opened
    chance = random.Random(seed)
    change = write_frame(Update(one.address, one.document.get_update()))
    for _ in range(60):
        page.say(chance.randbytes(chance.randrange(60)))
        page.say(change[: chance.randrange(len(change))])
    page.read()

    assert page.connection.closed is None
    assert reasons(page, "room")
    assert (await stored(live))[0] == "Otis came on 31 days."
    await goes_on(live, two)


@pytest.mark.parametrize("seed", range(5))
async def test_a_change_that_the_crdt_cannot_take_is_refused_and_the_words_stay_whole(
    live, opened, seed
):
    page, one, two = opened
    other = await live.page(live.bronagh)
    theirs = other.open(live.section.id.hex)
    await live.until(lambda: theirs.unsynced == 0)
    chance = random.Random(seed)
    for _ in range(40):
        if one.closed is not None:  # refused: the page opens it anew
            one.closed = None
            one.open()
            await live.until(lambda: one.scope == "read-write")
        change = bytearray(theirs.document.get_update())
        for _ in range(chance.randrange(1, 4)):
            change[chance.randrange(len(change))] = chance.randrange(256)
        one.send(bytes(change))
    await live.quiet()

    assert page.connection.closed is None
    await goes_on(live, two)
    await goes_on(live, theirs, "theirs goes on")
    text, _changes = await stored(live)
    assert text == theirs.text


async def test_an_oversized_change_is_refused_and_closes_that_document_alone(live, opened):
    page, one, two = opened
    one.send(b"\x00" * (limits.MESSAGE_BYTES + 1))
    page.read()

    assert one.refused == 1
    assert one.closed
    assert reasons(page, one.address)
    await goes_on(live, two)


async def test_too_many_changes_at_once_close_that_document_alone(live, opened):
    page, one, two = opened
    for _ in range(2 * limits.UPDATES_AT_ONCE):
        one.say(Update(one.address, b"\x00\x00"))
    page.read()

    assert one.closed
    assert page.connection.closed is None
    live.rooms.hub._updates.clear()
    await goes_on(live, two)


async def test_a_flood_of_messages_closes_the_connection(live, opened):
    page, _one, _two = opened
    for _ in range(2 * limits.FRAMES_AT_ONCE):
        page.say(b"\x09")
    assert page.connection.closed is not None
    assert page.connection.closed[0] is CloseCode.TOO_MUCH


async def write_much(live, document):
    """Write three times what a page may be owed before it is told all at once."""
    for _ in range(4):
        live.rooms.hub._bytes.clear()
        live.rooms.hub._updates.clear()
        document.type("x" * 200_000)
        await live.until(lambda: document.unsynced == 0)


async def test_a_page_that_reads_slowly_is_owed_little_and_told_the_rest_at_once(live, opened):
    page, one, _two = opened
    other = await live.page(live.bronagh)
    theirs = other.open(live.section.id.hex)
    await live.until(lambda: theirs.unsynced == 0)
    live.pages.remove(page)
    await write_much(live, theirs)

    assert page.connection.closed is None
    assert page.connection._owed_bytes <= limits.OWED_BEHIND_BYTES + 201_000
    one.heard.clear()
    live.pages.append(page)
    await live.until(lambda: one.text == theirs.text)
    assert [type(frame) for frame in one.heard].count(SyncStep2) == 1
    await goes_on(live, one)


async def test_a_page_that_does_not_read_is_closed_and_others_go_on(live, opened, monkeypatch):
    page, _one, _two = opened
    other = await live.page(live.bronagh)
    theirs = other.open(live.section.id.hex)
    await live.until(lambda: theirs.unsynced == 0)
    live.pages.remove(page)  # from here on it reads nothing
    await write_much(live, theirs)
    monkeypatch.setattr(limits, "OWED_S", 0.3)  # nothing is owed to those who read
    await live.until(lambda: page.connection.closed)

    assert page.connection.closed[0] is CloseCode.TOO_SLOW
    assert page.connection._owed_bytes == 0
    await goes_on(live, theirs)


class HeldLine:
    """A line that notes when it is read and when not."""

    def __init__(self):
        self.was_read = [True]

    def write_soon(self):
        pass

    def hold_reading(self):
        self.was_read.append(False)

    def go_on_reading(self):
        self.was_read.append(True)


async def test_a_page_is_not_read_on_while_too_much_waits_to_be_stored(live, opened, monkeypatch):
    monkeypatch.setattr(limits, "HELD_EDITS", 3)
    page, one, two = opened
    page.connection.line = line = HeldLine()
    for number in range(5):
        one.type(f"waits{number}")
    held = len(line.was_read)
    assert held > 1

    await live.until(lambda: one.unsynced == 0)
    assert line.was_read[held:] == [True]
    assert not live.rooms.hub.held
    await goes_on(live, two)


async def test_a_change_under_somebody_elses_name_is_refused(live, opened):
    _page, one, two = opened
    other = await live.page(live.bronagh)
    theirs = other.open(live.section.id.hex)
    await live.until(lambda: theirs.unsynced == 0)
    await goes_on(live, one, "Imara's own")
    await live.until(lambda: "own" in theirs.text)

    forged: Doc[Any] = Doc(client_id=one.document.client_id)
    forged.apply_update(one.document.get_update())
    before = forged.get_state()
    root = forged.get(ROOT, type=XmlFragment)
    root.children.append(XmlElement("paragraph")).children.append(XmlText("not hers"))
    theirs.send(forged.get_update(before))
    await live.until(lambda: theirs.refused == 1)

    assert theirs.closed
    assert "not hers" not in (await stored(live))[0]
    await goes_on(live, two)


async def test_what_only_servers_may_say_is_refused_from_a_page(live, opened):
    page, one, two = opened
    one.say(BroadcastStateless(one.address, "everybody"))
    one.say(Stateless(one.address, "hello"))
    one.say(SyncStatus(one.address, applied=True))
    page.read()

    assert len(reasons(page, one.address)) == 3
    await goes_on(live, two)


@pytest.mark.parametrize(
    "states", [b"", b"\x05", b"\x01\x01\x01\x02{]", b"\x01\x01\x01\x01[", b"\x01" * 5000]
)
async def test_bad_carets_are_refused_and_nothing_else_happens(live, opened, states):
    page, one, two = opened
    one.say(Awareness(one.address, states))
    page.read()

    assert reasons(page, one.address)
    await goes_on(live, two)


async def test_what_comes_for_a_document_that_is_not_open_reaches_nobody(live, opened):
    page, _one, two = opened
    page.say(write_frame(Update("0" * 32, two.document.get_update())))
    page.read()

    await goes_on(live, two)


async def test_a_document_is_asked_for_too_much_before_its_answer(live, opened):
    page, _one, two = opened
    three = page.open("0" * 32)
    for _ in range(limits.WAITING_MESSAGES + 5):
        three.say(Update(three.address, b"\x00\x00"))
    await live.until(lambda: three.denied)

    assert reasons(page, three.address)
    await goes_on(live, two)
