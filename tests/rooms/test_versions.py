"""Versions of a part: who and when, the words of each, and one put back as a new change."""

from datetime import timedelta
from typing import Any

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms import change_store, store, versions
from rooms.plan import ROOT, make_addition, make_first_update, words_as_html, words_as_text
from rooms.restoring import make_restoration
from rooms.update import read_update
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, NotFound, Refused
from tests.fakes.laid_family_room import database_url, house, laid
from tests.rooms.live_house import come, live_rooms, until

__all__ = ["database_url", "house", "laid"]


async def words_of(part):
    async with reading() as tx:
        return (await change_store.load_words(tx, [part]))[part].updates()


async def write(house, part, who, words):
    """Somebody writes on at the end; stored as the live room stores it."""
    change = make_addition(await words_of(part), words)
    async with writing() as tx:
        section = await store.get_section(tx, part)
        await change_store.append(tx, part, house.room, section.epoch, [(who.id, change)])
        bound = dict.fromkeys(read_update(change).structs, who.id)
        await change_store.bind_clients(tx, part, bound)


@pytest.fixture
async def part(house):
    """Imara wrote at once and on, Bronagh ten minutes later and Imara with her."""
    made = await house.add_section(house.imara, "Otis at school")
    await write(house, made, house.imara, " and more")
    with clock.moved_to(clock.now() + timedelta(minutes=10)):
        await write(house, made, house.bronagh, ". He smiled")
        await write(house, made, house.imara, " twice")
    return made


async def test_a_version_ends_where_somebody_paused_and_has_its_authors(house, part):
    found = (await versions.list_versions(house.bronagh, house.room, part)).found

    assert [one.seq for one in found] == [4, 2]
    assert [[name for name, _ in one.by] for one in found] == [
        ["Imara Testwell", "Bronagh Exampleton"],
        ["Imara Testwell"],
    ]
    read = await versions.read_version(house.bronagh, house.room, part, 2)
    assert read.html == "<p>Words and more</p>"
    assert read.may_restore
    assert (read.since.added, read.since.removed) == (3, 0)
    with pytest.raises(NotFound):
        await versions.read_version(house.bronagh, house.room, part, 5)


async def test_to_whom_the_part_is_closed_its_versions_are(house, part):
    for attempt in (
        versions.list_versions(house.leona, house.room, part),
        versions.read_version(house.leona, house.room, part, 2),
        versions.compare_versions(house.leona, house.room, part, from_seq=1, to_seq=2),
        versions.restore_version(house.leona, house.room, part, 2, over_seq=4),
    ):
        with pytest.raises(Refused):
            await attempt

    assert words_as_text(await words_of(part)) == "Words and more. He smiled twice"


async def test_a_version_put_back_twice_is_one_new_change_in_her_name(house, part):
    put_back = versions.restore_version
    await put_back(house.bronagh, house.room, part, 2, over_seq=4)
    await put_back(house.bronagh, house.room, part, 2, over_seq=4)

    assert words_as_text(await words_of(part)) == "Words and more"
    async with reading() as tx:
        changes = await change_store.changes_after(tx, part, 4)
    assert [change.member for change in changes] == [house.bronagh.id]
    newest = (await versions.list_versions(house.imara, house.room, part)).found[0]
    assert newest.seq == 5
    with pytest.raises(Conflict):  # words were written since she looked
        await put_back(house.imara, house.room, part, 4, over_seq=4)


async def test_a_version_put_back_comes_to_every_open_screen_and_one_writes_on(house, part):
    async with live_rooms() as rooms:
        page = await come(rooms, house, house.imara)
        open_part = page.open(part.hex)
        await until([page], lambda: open_part.is_synced)
        await versions.restore_version(house.bronagh, house.room, part, 2, over_seq=4)
        await until([page], lambda: open_part.text == "Words and more")
        open_part.type("And on.")
        await until([page], lambda: not open_part.unsynced)

    assert words_as_text(await words_of(part)) == "Words and more\nAnd on."


def test_what_is_the_same_in_both_keeps_its_place_and_its_author():
    first, client = make_first_update(["One", "Two", "Three"])
    later = make_addition([first], "!")
    made = make_restoration([first, later], [first])
    assert made is not None
    change, own = made

    assert own != client
    assert words_as_html([first, later, change]) == "<p>One</p><p>Two</p><p>Three</p>"
    assert b"Three" in change
    assert b"One" not in change
    assert make_restoration([first], [first]) is None


def test_marks_lists_and_what_a_line_is_marked_as_come_back():
    document: Doc[Any] = Doc()
    root = document.get(ROOT, type=XmlFragment)
    item = root.children.append(XmlElement("bulletList")).children.append(XmlElement("listItem"))
    line = item.children.append(XmlElement("paragraph", {"said": "fact"}))
    text = line.children.append(XmlText("Grüße 😀 bold"))
    text.format(13, 17, {"bold": {}})
    old = document.get_update()
    del root.children[0]
    gone = document.get_update()

    made = make_restoration([gone], [old])

    assert made is not None
    assert words_as_html([gone, made[0]]) == words_as_html([old])
    assert "<strong>bold</strong>" in words_as_html([old])
