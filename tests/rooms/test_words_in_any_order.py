"""Any order of changes, and snapshots at any point, end in the words of a plain replay."""

import random
import time
from typing import Any

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms import change_store
from rooms.plan import ROOT, words_as_text
from rooms.snapshotting import snapshot
from rooms.update import BadUpdate, Holdings, read_update, read_vector
from rooms.words import LiveWords
from server.kernel.database import reading, writing
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner, use_keys_in


def typed(seed, count):
    """Changes of two writers who insert, delete, mark up and hear each other now and then."""
    chance = random.Random(seed)
    writers: list[Doc[Any]] = [Doc(client_id=chance.getrandbits(32)) for _ in range(2)]
    changes: list[bytes] = []
    for step in range(count):
        writer = chance.choice(writers)
        before = writer.get_state()
        deleted = writer.get_update(before)
        root = writer.get(ROOT, type=XmlFragment)
        paragraphs = list(root.children)
        with writer.transaction():
            if len(paragraphs) < 2 or chance.random() < 0.4:
                paragraph = root.children.insert(
                    chance.randint(0, len(paragraphs)), XmlElement("paragraph")
                )
                paragraph.children.append(XmlText(f"Grüße {step} 😀"))
            elif chance.random() < 0.5:
                del root.children[chance.randrange(len(paragraphs))]
            else:
                text = chance.choice(paragraphs).children[0]
                text.format(0, 2, {"bold": {}})  # bytes: "Gr", not half of "ü"
        change = writer.get_update(before)
        if read_update(change) != read_update(deleted):
            changes.append(change)
        if chance.random() < 0.3:
            writers[0].apply_update(writers[1].get_update(writers[0].get_state()))
            writers[1].apply_update(writers[0].get_update(writers[1].get_state()))
    return changes


async def replay_in_any_order(imara, seed, count=30):
    """Store changes in any order, with snapshots at any point; it ends in the plain replay."""
    chance = random.Random(seed)
    changes = typed(seed, count)
    chance.shuffle(changes)
    async with writing() as tx:
        room = await add_room(tx, imara)
        section = await add_section(tx, room, imara, "")
    async with reading() as tx:
        first = (await change_store.load_words(tx, [section.id]))[section.id].updates()
    plain = words_as_text([*first, *typed(seed, count)])

    for change in changes:
        async with writing() as tx:
            await change_store.append(tx, section.id, room, 1, [(imara.id, change)])
        if chance.random() < 0.3:
            await snapshot(section.id)
    await snapshot(section.id)

    async with reading() as tx:
        words = (await change_store.load_words(tx, [section.id]))[section.id]
        history = await change_store.changes_after(tx, section.id, 0)
    assert words.changes == ()
    assert sorted(words_as_text(words.updates()).split("\n")) == sorted(plain.split("\n"))
    assert words_as_text(words.updates()) == words_as_text([row.update for row in history])
    assert len(history) == len(changes) + 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("database")
async def test_any_order_with_snapshots_at_any_point_equals_a_plain_replay(tmp_path, seed):
    use_keys_in(tmp_path)
    await replay_in_any_order(practitioner("Imara Testwell"), seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("database")
async def test_long_any_order_with_snapshots_equals_a_plain_replay(tmp_path, store, rounds):
    use_keys_in(tmp_path)
    imara = practitioner("Imara Testwell")
    count, began = rounds(100), time.monotonic()
    for seed in range(1000, 1000 + count):
        await replay_in_any_order(imara, seed, count=20 + seed % 60)
    print(
        f"\nany order {type(store).__name__:<14} {count:>6} histories equal their plain replay "
        f"{time.monotonic() - began:>6.0f} s"
    )


async def test_a_deletion_that_comes_before_its_text_outlives_a_snapshot(database, tmp_path):
    del database
    use_keys_in(tmp_path)
    writer: Doc[Any] = Doc()
    root = writer.get(ROOT, type=XmlFragment)
    root.children.append(XmlElement("paragraph")).children.append(XmlText("secret"))
    text = writer.get_update()
    before = writer.get_state()
    del root.children[0]
    deletion = writer.get_update(before)
    imara = practitioner("Imara Testwell")
    async with writing() as tx:
        room = await add_room(tx, imara)
        section = await add_section(tx, room, imara, "kept")

    for change in (deletion, text):
        async with writing() as tx:
            await change_store.append(tx, section.id, room, 1, [(imara.id, change)])
        await snapshot(section.id)

    async with reading() as tx:
        words = (await change_store.load_words(tx, [section.id]))[section.id]
    assert words_as_text(words.updates()) == "kept"


@pytest.mark.parametrize("seed", range(4))
def test_what_brings_nothing_new_is_known_and_what_does_is_news(seed):
    changes = typed(seed, 40)
    words = LiveWords([])
    for change in changes:
        holds = read_update(change)
        before, is_news = words.whole(), words.is_news(change, holds)
        words.apply([(change, holds)])
        assert (words.whole() != before) is is_news  # both may have deleted the same
        assert not words.is_news(change, holds)
    whole = words.whole()
    assert not words.is_news(whole, read_update(whole))
    assert not words.waiting
    assert read_vector(words.vector()) == words.state


@pytest.mark.parametrize("seed", range(4))
def test_what_an_update_holds_is_what_the_crdt_says_it_holds(seed):
    document: Doc[Any] = Doc()
    for change in typed(seed, 40):
        before = read_vector(document.get_state())
        holds = read_update(change)
        document.apply_update(change)
        after = read_vector(document.get_state())
        grown = {client for client, clock in after.items() if clock > before.get(client, 0)}
        assert grown == holds.clients_past(before)
        assert not holds.clients_past(after)
    whole = read_update(document.get_update())
    assert {client: ranges[-1][1] for client, ranges in whole.structs.items()} == after


def test_words_may_be_written_and_deleted_for_ever_as_long_as_they_stay_small():
    writer: Doc[Any] = Doc()
    words, limit = LiveWords([]), 20_000
    root = writer.get(ROOT, type=XmlFragment)
    for _ in range(200):
        before = writer.get_state()
        root.children.append(XmlElement("paragraph")).children.append(XmlText("x" * 400))
        del root.children[0]
        change = writer.get_update(before)
        assert words.has_room_for(len(change), limit)
        words.apply([(change, read_update(change))])
    assert not words.has_room_for(limit, limit)


def read_spoilt(seed):
    """Spoil an update and read it: whether it was refused."""
    chance = random.Random(seed)
    change = bytearray(chance.choice(typed(seed % 5, 12)))
    for _ in range(chance.randint(1, 5)):
        change[chance.randrange(len(change))] = chance.randrange(256)
    spoilt = bytes(change[: chance.randint(1, len(change))])
    try:
        assert isinstance(read_update(spoilt), Holdings)
    except BadUpdate:
        return True
    return False


@pytest.mark.parametrize("block", range(10))
def test_a_spoilt_update_is_read_or_refused_and_never_anything_else(block):
    refused = [read_spoilt(seed) for seed in range(block * 30, block * 30 + 30)]
    assert any(refused)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_a_spoilt_update_is_read_or_refused_and_never_anything_else(rounds):
    count, began = rounds(20_000), time.monotonic()
    refused = sum(read_spoilt(seed) for seed in range(1000, 1000 + count))
    assert 0 < refused < count
    print(
        f"\nspoilt updates {count:>6} of which {refused} refused {time.monotonic() - began:>6.0f} s"
    )


def test_a_nest_that_would_exhaust_the_stack_is_refused():
    nested = b"\x75\x01" * 100_000 + b"\x7e"
    update = b"\x01\x01\x07\x00\x08\x01\x04root\x01" + nested + b"\x00"
    with pytest.raises(BadUpdate):
        read_update(update)
