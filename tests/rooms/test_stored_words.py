"""Sections and their changes as rows: compare and append, snapshots, sealing, disposal."""

import pytest
from pycrdt import XmlElement, XmlFragment, XmlText
from sqlalchemy import text

from rooms import change_store, store
from rooms.plan import read_document, words_as_text
from rooms.section import Heading
from server.kernel.database import reading, writing
from server.kernel.errors import NotFound
from server.kernel.ids import SectionId, new_id
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner, use_keys_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def keys(tmp_path):
    use_keys_in(tmp_path)


@pytest.fixture
async def begun():
    imara = practitioner("Imara Testwell")
    async with writing() as tx:
        room = await add_room(tx, imara)
        return imara, room, await add_section(tx, room, imara, "Otis came on 31 days.")


def changed(before, words):
    """A change that adds a paragraph, as a browser would send it."""
    document = read_document(before)
    vector = document.get_state()
    root = document.get("default", type=XmlFragment)
    with document.transaction():
        root.children.append(XmlElement("paragraph")).children.append(XmlText(words))
    return document.get_update(vector)


async def test_a_section_is_found_with_its_label_heading_and_words(begun):
    imara, room, made = begun

    async with reading() as tx:
        assert await store.get_section(tx, made.id) == made
        assert await store.list_section_labels(tx, room) == [made]
        words = (await change_store.load_words(tx, [made.id]))[made.id]
        assert await change_store.clients_of(tx, made.id)
    assert words_as_text(words.updates()) == "Otis came on 31 days."
    assert (words.seq, words.upto_seq, words.changes[0].member) == (1, 0, imara.id)


async def test_no_word_and_no_heading_stands_in_the_rows_unsealed(begun):
    async with reading() as tx:
        heading = await tx.scalar(text("SELECT heading FROM section"))
        stored = await tx.scalar(text("SELECT bytes FROM section_update"))
    assert b"Otis" not in bytes(heading)
    assert b"Otis" not in bytes(stored)


async def test_the_plan_stands_in_the_order_of_its_headings(begun):
    imara, room, made = begun
    async with writing() as tx:
        later = await add_section(tx, room, imara, "second")
    async with writing() as tx:
        child = made.label.__class__(thing=new_id(), room=room)
        first = await store.add_section(
            tx, room, "Otis says", child, ["x"], by=imara.id, under=Heading.CHILDS_WORDS
        )
        found = await store.list_section_labels(tx, room)
    assert [part.id for part in found] == [first.id, made.id, later.id]


async def test_a_change_is_stored_only_at_the_epoch_it_was_asked_about(begun):
    imara, room, made = begun
    change = changed([], "later")
    async with writing() as tx:
        assert await change_store.append(tx, made.id, room, 1, [(imara.id, change)]) == 2
    async with writing() as tx:
        await store.set_epochs(tx, room, 2)
    async with writing() as tx:
        assert await change_store.append(tx, made.id, room, 1, [(imara.id, change)]) is None
        assert [place.seq for place in await change_store.standings(tx, [made.id])] == [2]
        assert len(await change_store.changes_after(tx, made.id, 1)) == 1


async def test_a_snapshot_takes_the_place_of_changes_and_keeps_them_in_history(begun):
    imara, room, made = begun
    async with writing() as tx:
        before = (await change_store.load_words(tx, [made.id]))[made.id].updates()
        change = changed(before, "Grüße 😀")
        await change_store.append(tx, made.id, room, 1, [(imara.id, change)])
    async with writing() as tx:
        place = await change_store.hold_section(tx, made.id)
        assert place is not None
        whole = read_document([*before, change]).get_update()
        await change_store.save_snapshot(tx, place, upto_seq=2, snapshot=whole, keep=[2])
    async with reading() as tx:
        words = (await change_store.load_words(tx, [made.id]))[made.id]
        history = await change_store.changes_after(tx, made.id, 0)
    assert [kept.seq for kept in words.changes] == [2]
    assert words_as_text(words.updates()) == "Otis came on 31 days.\nGrüße 😀"
    assert [kept.seq for kept in history] == [1, 2]


async def test_all_of_a_room_goes_when_it_is_disposed_of(begun):
    _imara, room, made = begun
    async with writing() as tx:
        assert await store.delete_room_content(tx, room) == 1
        assert await store.delete_room_content(tx, room) == 0
        with pytest.raises(NotFound):
            await store.get_section(tx, made.id)
        assert await change_store.load_words(tx, [made.id]) == {}


async def test_an_unknown_section_is_not_found():
    async with reading() as tx:
        with pytest.raises(NotFound):
            await store.get_section(tx, SectionId(new_id()))
        assert await store.find_sections(tx, []) == {}
