"""Wrong place: an author's words go from text, history, snapshots and screens, and stay gone."""

import random
from datetime import timedelta
from typing import Any, cast

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText
from sqlalchemy import select

from policies.decision import Denied
from rooms import change_store, reading, store, taken_back_store, taking_back, versions
from rooms.plan import ROOT, make_first_update, words_as_html, words_as_text
from rooms.snapshotting import snapshot
from rooms.structs import TEXT, Parts, clients_in, read_parts, rewrite, write_parts
from rooms.update import joined
from rooms.words import whole_of
from server.audit import search
from server.audit.search import Filter
from server.kernel import clock
from server.kernel.database import reading as reading_rows
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.tables import metadata
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid
from tests.rooms.live_house import come, live_rooms, until
from tests.rooms.test_versions import words_of, write

__all__ = ["database_url", "house", "laid"]

SECRET = "Quexolm wrombäd pfizzl thwarkuby 😀"
"""What was put in the wrong place: no piece of it stands anywhere else."""


# ---------------------------------------------------------------- the structs


def grown(chance: random.Random) -> tuple[list[bytes], list[int]]:
    """A part that three people wrote in at once: its changes, in some order, and their ids."""
    pages: list[Doc[Any]] = [Doc(client_id=chance.getrandbits(32)) for _ in range(3)]
    rows = [make_first_update(["Hello wörld 😀", "zwei"])[0]]
    for page in pages:
        page.apply_update(rows[0])
    for step in range(40):
        page = chance.choice(pages)
        before = page.get_state()
        with page.transaction():
            scribble(page.get(ROOT, type=XmlFragment), chance, step)
        rows.append(page.get_update(before))
        for other in pages:
            if chance.random() < 0.4:
                other.apply_update(rows[-1])
    return rows, [page.client_id for page in pages]


def scribble(root: XmlFragment, chance: random.Random, step: int) -> None:
    paragraphs = list(root.children)
    if not paragraphs or chance.random() < 0.2:
        new = root.children.insert(len(paragraphs), XmlElement("paragraph"))
        new.children.append(XmlText(f"née {step} 😀"))
        return
    paragraph = chance.choice(paragraphs)
    texts = list(cast(XmlElement, paragraph).children)
    text = cast(XmlText, texts[0])
    words = "".join(run for run, _ in text.diff())
    cuts = [len(words[:at].encode()) for at in range(len(words) + 1)]
    start, end = sorted(chance.choices(cuts, k=2))
    if start == end or chance.random() < 0.5:
        text.insert(start, chance.choice(["ab", "é", "😀x", "long words"]))
    elif chance.random() < 0.6:
        del text[start:end]
    else:
        text.format(start, end, {"bold": {}})


def test_changes_written_anew_say_the_same_and_without_words_what_deleting_them_says():
    for seed in range(25):
        chance = random.Random(seed)
        rows, pages = grown(chance)
        parts = [read_parts(row) for row in rows]
        assert [write_parts(one) for one in parts] == rows
        old = sorted({client for one in parts for client in clients_in(one)})
        ids = dict(zip(old, sorted(chance.sample(range(2**32), len(old))), strict=True))
        taken = {
            pages[0]: joined(
                [
                    (struct.clock + (struct.text[0] < "\uffff"), struct.end)
                    for one in parts
                    for struct in one.structs
                    if struct.client == pages[0] and struct.kind == TEXT and struct.length > 2
                ]
            )
        }

        same = [write_parts(rewrite(one, ids=ids, taken={})) for one in parts]
        without = [write_parts(rewrite(one, ids=ids, taken=taken)) for one in parts]

        assert words_as_html(same) == words_as_html(rows), seed
        deleting = write_parts(Parts((), taken))
        assert words_as_html(without) == words_as_html([whole_of(rows), deleting]), seed
        assert not {*ids} & {client for row in without for client in clients_in(read_parts(row))}


# ---------------------------------------------------------------- the act


async def everything_stored(house, part) -> bytes:
    """Every value of every row of every table, and what of a part is sealed, opened."""
    found = []
    async with reading_rows() as tx:
        for table in metadata.sorted_tables:
            for row in await tx.rows(select(table)):
                found += [one if isinstance(one, bytes) else str(one).encode() for one in row]
        (place,) = await change_store.standings(tx, [part])
        found += [one.update for one in await taken_back_store.all_changes(tx, place)]
        held = await taken_back_store.snapshot_of(tx, place)
        found += [held[1]] if held else []
        for entry in [one async for one in search.all_entries(tx, Filter())]:
            found.append(repr(entry.details).encode())
    return b"\n".join(found)


def traces(stored: bytes) -> list[str]:
    """Which pieces of the secret still stand there."""
    pieces = [SECRET[at : at + 6] for at in range(len(SECRET) - 6)]
    return [piece for piece in pieces if piece.encode() in stored]


async def chosen(house, who, part, words) -> list[str]:
    asked = await taking_back.words_of_mine(who, house.room, part)
    return [one.id for one in asked.passages if words in one.words]


async def take(house, who, part, words=SECRET):
    return await taking_back.take_back(
        who, house.room, part, chosen=await chosen(house, who, part, words), keepers=KEEPERS
    )


async def test_taken_back_words_are_in_no_row_and_no_frame_and_versions_stay(house):
    part = await house.add_section(house.imara, "Otis at school")
    await write(house, part, house.imara, " at nine.")
    async with live_rooms() as rooms:
        bronagh, imara = [await come(rooms, house, one) for one in (house.bronagh, house.imara)]
        hers, other = bronagh.open(part.hex), imara.open(part.hex)
        await until([bronagh, imara], lambda: hers.is_synced and other.is_synced)
        hers.type(SECRET)
        await until([bronagh, imara], lambda: SECRET in other.text and not hers.unsynced)
        other.type("This stays.")
        await until([bronagh, imara], lambda: "stays" in hers.text and not other.unsynced)
        await snapshot(part)
        before = (await versions.list_versions(house.imara, house.room, part)).found
        assert traces(await everything_stored(house, part)) != []

        taken = await take(house, house.bronagh, part)
        await until([bronagh, imara], lambda: hers.closed and other.closed)
        later = await come(rooms, house, house.imara)
        anew = later.open(part.hex)
        await until([later], lambda: anew.is_synced and anew.text)

        assert anew.text == "Words at nine.\nThis stays."
        assert traces(b"".join(later.bytes_heard)) == []
        anew.type("And on.")
        await until([later], lambda: not anew.unsynced)
    assert traces(await everything_stored(house, part)) == []
    found = (await versions.list_versions(house.imara, house.room, part)).found
    assert [one.by for one in found][-len(before) :] == [one.by for one in before]
    assert "This stays" in words_as_text(await words_of(part))
    told = await taking_back.taken_back(house.bronagh, house.room, part, taken)
    assert [name for name, _ in told.received] == ["Imara Testwell"]
    assert [one.taken.id for one in await taking_back.list_for_lead(house.imara)] == [taken]


async def test_an_older_document_that_comes_back_brings_nothing_back_and_is_told(house):
    part = await house.add_section(house.imara, "Otis at school")
    async with live_rooms() as rooms:
        bronagh, imara = [await come(rooms, house, one) for one in (house.bronagh, house.imara)]
        hers, offline = bronagh.open(part.hex), imara.open(part.hex)
        await until([bronagh, imara], lambda: hers.is_synced and offline.is_synced)
        hers.type(SECRET)
        await until([bronagh, imara], lambda: SECRET in offline.text and not hers.unsynced)
        imara.leave()  # her line is lost, and she goes on writing
        document = offline.document
        root = document.get(ROOT, type=XmlFragment)
        root.children.append(XmlElement("paragraph")).children.append(XmlText("Typed offline."))
        await take(house, house.bronagh, part)

        back = await come(rooms, house, house.imara)
        older = back.open(part.hex)
        older.document = document
        older.open()
        await until([back], lambda: older.closed)
        stubborn = back.open(part.hex)  # one that says nothing of what it has, and sends it all
        await until([back], lambda: stubborn.is_synced)
        stubborn.send(document.get_update())
        await until([back], lambda: stubborn.closed)

        assert {"kind": "moved"}.items() <= back.stateless(part.hex)[-1].items()
        assert "back" in (older.closed or "")
    assert traces(await everything_stored(house, part)) == []
    assert words_as_text(await words_of(part)) == "Words"


async def test_another_server_that_has_not_heard_hands_nothing_older_out(house):
    part = await house.add_section(house.imara, "Otis at school")
    async with live_rooms() as rooms, live_rooms(hears=False) as deaf:
        bronagh = await come(rooms, house, house.bronagh)
        imara, later = [await come(deaf, house, house.imara) for _ in range(2)]
        hers, old = bronagh.open(part.hex), imara.open(part.hex)
        await until([bronagh, imara], lambda: hers.is_synced and old.is_synced)
        hers.type(SECRET)
        await until([bronagh, imara], lambda: SECRET in old.text and not hers.unsynced)

        await take(house, house.bronagh, part)
        anew = later.open(part.hex)
        old.type("Typed into what is gone.")
        await until([later, imara], lambda: anew.is_synced and anew.text and old.closed)

        assert anew.text == "Words"
        assert traces(b"".join(later.bytes_heard)) == []
        assert old.unsynced
    assert traces(await everything_stored(house, part)) == []
    assert words_as_text(await words_of(part)) == "Words"


async def test_words_deleted_since_and_words_moved_by_another_go_too(house):
    part = await house.add_section(house.imara, "Otis at school")
    await write(house, part, house.bronagh, f" {SECRET}. And school is fine.")
    document: Doc[Any] = Doc()
    document.apply_update(whole_of(await words_of(part)))
    before = document.get_state()
    with document.transaction():  # as an editor splits a line: deleted, and written a second time
        root = document.get(ROOT, type=XmlFragment)
        text = root.children[0].children[0]
        words = "".join(run for run, _ in text.diff())
        at = len(words[: words.index("zzl thwark")].encode())
        end = words[words.index("zzl thwark") :]
        del text[at : len(text)]
        root.children.append(XmlElement("paragraph")).children.append(XmlText(end))
    async with writing() as tx:
        section = await store.get_section(tx, part)
        split = [(house.imara.id, document.get_update(before))]
        await change_store.append(tx, part, house.room, section.epoch, split)
        await change_store.bind_clients(tx, part, {document.client_id: house.imara.id})
    await reading.read_part(house.imara, house.room, part)

    asked = await taking_back.words_of_mine(house.bronagh, house.room, part)
    await take(house, house.bronagh, part)

    assert [one.words for one in asked.passages] == [f"{SECRET}. And school is fine."]
    assert traces(await everything_stored(house, part)) == []
    assert words_as_text(await words_of(part)) == "Words"


async def test_words_that_another_put_back_with_a_version_go_too(house):
    part = await house.add_section(house.imara, "Otis at school")
    await write(house, part, house.bronagh, f" {SECRET} and on and on.")
    document: Doc[Any] = Doc()
    document.apply_update(whole_of(await words_of(part)))
    before = document.get_state()
    line = cast(XmlElement, document.get(ROOT, type=XmlFragment).children[0])
    cast(XmlText, line.children[0]).insert(len("Words Quex"), "-between-")
    async with writing() as tx:
        section = await store.get_section(tx, part)
        change = [(house.imara.id, document.get_update(before))]
        stood = await change_store.append(tx, part, house.room, section.epoch, change)
        await change_store.bind_clients(tx, part, {document.client_id: house.imara.id})
    assert stood is not None
    await versions.restore_version(house.imara, house.room, part, 1, over_seq=stood)
    await versions.restore_version(house.imara, house.room, part, stood, over_seq=stood + 1)
    assert traces(await everything_stored(house, part)) != []

    await take(house, house.bronagh, part)

    left = await everything_stored(house, part)
    assert "wrombäd".encode() not in left
    assert words_as_text(await words_of(part)).startswith("Words")


async def test_only_her_own_words_once_and_only_where_she_may_write(house):
    part = await house.add_section(house.imara, "Otis at school")
    await write(house, part, house.bronagh, f" {SECRET}")
    hers = await chosen(house, house.bronagh, part, SECRET)

    with pytest.raises(Invalid):
        await taking_back.take_back(house.imara, house.room, part, chosen=hers, keepers=KEEPERS)
    with pytest.raises(Denied):
        await taking_back.take_back(house.leona, house.room, part, chosen=hers, keepers=KEEPERS)
    assert SECRET in words_as_text(await words_of(part))
    await taking_back.take_back(house.bronagh, house.room, part, chosen=hers, keepers=KEEPERS)
    with pytest.raises(Invalid):
        await taking_back.take_back(house.bronagh, house.room, part, chosen=hers, keepers=KEEPERS)


async def test_who_read_while_the_words_stood_is_named_and_nobody_else(house):
    part = await house.add_section(house.imara, "Otis at school")
    await reading.read_plan(house.imara, house.room)  # before
    later = clock.now() + timedelta(minutes=1)
    with clock.moved_to(later):
        await write(house, part, house.bronagh, f" {SECRET}")
        asked = await taking_back.words_of_mine(
            house.bronagh, house.room, part, chosen=await chosen(house, house.bronagh, part, SECRET)
        )
        assert asked.received == ()
    with clock.moved_to(later + timedelta(minutes=1)):
        await reading.read_plan(house.imara, house.room)
        asked = await taking_back.words_of_mine(
            house.bronagh, house.room, part, chosen=await chosen(house, house.bronagh, part, SECRET)
        )

    assert [name for name, _ in asked.received] == ["Imara Testwell"]
