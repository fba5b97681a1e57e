from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from server.kernel import clock
from server.kernel.database import Database
from server.kernel.ids import RoomId
from server.keys import room_keys, store
from server.keys.kms import SealBroken
from server.keys.room_keys import HOUSE, PERIOD, NoLiveKey
from server.keys.tables import wrapped_key


@pytest.fixture
async def room(database: Database) -> RoomId:
    """A room with its key."""
    made = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.make(tx, made)
    return made


async def periods_of(database: Database, scope) -> list[int]:
    async with database.reading() as tx:
        query = select(wrapped_key.c.period).where(wrapped_key.c.scope == scope)
        return sorted(row.period for row in await tx.rows(query))


async def test_what_is_sealed_in_a_room_opens_there(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, "Frühstück 🥣".encode(), b"section 1")

    async with database.reading() as tx:
        opened = await room_keys.unseal(tx, room, sealed, b"section 1")

    assert opened.decode() == "Frühstück 🥣"
    assert b"hst" not in sealed


async def test_it_opens_after_the_keys_are_forgotten_as_by_a_restart(database, room):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"words", b"about")
    room_keys._open_keys.clear()

    async with database.reading() as tx:
        assert await room_keys.unseal(tx, room, sealed, b"about") == b"words"


async def test_the_same_words_never_look_the_same(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealer = await room_keys.sealer(tx, room)
        assert len({sealer.seal(b"words", b"about") for _ in range(1000)}) == 1000


async def test_every_flipped_bit_and_every_cut_is_found(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealer = await room_keys.sealer(tx, room)
    sealed = sealer.seal(b"words", b"about")

    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.unseal(bytes(flipped), b"about")
        with pytest.raises(SealBroken):
            sealer.unseal(sealed[:place], b"about")
    with pytest.raises(SealBroken):
        sealer.unseal(sealed + b"\0", b"about")


async def test_it_opens_for_no_other_row_and_in_no_other_room(database: Database, room: RoomId):
    other = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.make(tx, other)
        sealed = await room_keys.seal(tx, room, b"words", b"section 1")

        with pytest.raises(SealBroken):
            await room_keys.unseal(tx, room, sealed, b"section 2")
        with pytest.raises(SealBroken):
            await room_keys.unseal(tx, other, sealed, b"section 1")
        with pytest.raises(SealBroken):
            await room_keys.unseal(tx, None, sealed, b"section 1")


async def test_a_wrapped_key_moved_to_another_room_opens_nothing(database: Database, room: RoomId):
    other = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.make(tx, other)
        key = await tx.scalar(select(wrapped_key.c.wrapped).where(wrapped_key.c.scope == other))
        await tx.execute(update(wrapped_key).where(wrapped_key.c.scope == room).values(wrapped=key))
    room_keys._open_keys.clear()

    async with database.reading() as tx:
        with pytest.raises(SealBroken):
            await room_keys.sealer(tx, room)


async def test_no_key_stands_in_the_store_in_the_clear(database: Database, room: RoomId, house_kms):
    async with database.reading() as tx:
        row = (await tx.rows(select(wrapped_key).where(wrapped_key.c.scope == room)))[0]
        plain = house_kms.unwrap(row.wrapped, room_keys._about_key(row.id, room, 1))

    assert len(plain) == 32
    assert plain not in row.wrapped


async def test_a_room_without_a_key_seals_nothing(database: Database):
    async with database.writing() as tx:
        with pytest.raises(NoLiveKey):
            await room_keys.sealer(tx, RoomId(uuid4()))


async def test_the_house_has_a_key_as_soon_as_it_writes(database: Database):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, None, b"words", b"about")

    async with database.reading() as tx:
        assert await room_keys.unseal(tx, None, sealed, b"about") == b"words"
    assert await periods_of(database, HOUSE) == [1]


async def test_making_a_key_twice_keeps_the_first(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"words", b"about")

    async with database.writing() as tx:
        await room_keys.make(tx, room)

        assert await room_keys.unseal(tx, room, sealed, b"about") == b"words"


async def test_once_destroyed_nothing_opens_and_nothing_is_sealed(database, room):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"words", b"about")
    async with database.writing() as tx:
        await room_keys.destroy(tx, room)

        with pytest.raises(NoLiveKey):
            await room_keys.unseal(tx, room, sealed, b"about")

    async with database.writing() as tx:
        with pytest.raises(NoLiveKey):
            await room_keys.unseal(tx, room, sealed, b"about")
        with pytest.raises(NoLiveKey):
            await room_keys.seal(tx, room, b"more", b"about")
        row = await tx.first(select(wrapped_key).where(wrapped_key.c.scope == room))
        assert row.wrapped is None
        assert row.destroyed_at is not None


async def test_another_process_opens_nothing_once_it_is_destroyed(database, room):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"words", b"about")
    held = dict(room_keys._open_keys)
    async with database.writing() as tx:
        await room_keys.destroy(tx, room)
    room_keys._open_keys.update(held)  # what the other process still has in its memory

    async with database.reading() as tx:
        with pytest.raises(NoLiveKey):
            await room_keys.unseal(tx, room, sealed, b"about")


async def test_a_destruction_rolled_back_destroys_nothing(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"words", b"about")
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as tx:
            await room_keys.destroy(tx, room)
            raise ZeroDivisionError

    async with database.reading() as tx:
        assert await room_keys.unseal(tx, room, sealed, b"about") == b"words"


async def test_a_room_never_gets_a_second_life(database: Database, room: RoomId):
    never_made = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.destroy(tx, room)
        await room_keys.destroy(tx, never_made)

    async with database.writing() as tx:
        for gone in (room, never_made):
            with pytest.raises(NoLiveKey):
                await room_keys.make(tx, gone)


async def test_after_a_period_a_new_key_seals_and_the_old_one_still_opens(database, room):
    async with database.writing() as tx:
        before = await room_keys.seal(tx, room, b"June", b"about")
    with clock.moved_to(clock.now() + PERIOD + timedelta(seconds=1)):
        async with database.writing() as tx:
            after = await room_keys.seal(tx, room, b"July", b"about")

        assert await periods_of(database, room) == [1, 2]
        async with database.reading() as tx:
            assert await room_keys.unseal(tx, room, before, b"about") == b"June"
            assert await room_keys.unseal(tx, room, after, b"about") == b"July"
    assert before[1:5] != after[1:5]


async def test_reading_begins_no_period(database: Database, room: RoomId):
    async with database.writing() as tx:
        sealed = await room_keys.seal(tx, room, b"June", b"about")

    with clock.moved_to(clock.now() + PERIOD + timedelta(seconds=1)):
        async with database.reading() as tx:
            assert await room_keys.unseal(tx, room, sealed, b"about") == b"June"


async def test_a_key_used_very_often_is_followed_by_a_new_one(database, room, monkeypatch):
    monkeypatch.setattr(room_keys, "MOST_SEALS", 3)
    async with database.writing() as tx:
        sealer = await room_keys.sealer(tx, room)
        for _ in range(3):
            sealer.seal(b"words", b"about")
    async with database.writing() as tx:
        await room_keys.sealer(tx, room)

    assert await periods_of(database, room) == [1, 2]


async def test_a_period_begun_by_another_process_meanwhile_stands(database, room, monkeypatch):
    monkeypatch.setattr(room_keys, "MOST_SEALS", 0)
    hold_keys = store.hold_keys

    async def hold_after_another(tx, scope):
        await room_keys._begin_period(tx, scope, 2)
        rows = await hold_keys(tx, scope)
        room_keys._open_keys.clear()
        return rows

    monkeypatch.setattr(store, "hold_keys", hold_after_another)
    async with database.writing() as tx:
        await room_keys.sealer(tx, room)

    assert await periods_of(database, room) == [1, 2]


async def test_the_key_of_a_file_opens_in_its_room_alone(database: Database, room: RoomId):
    other = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.make(tx, other)
        plain, wrapped = await room_keys.make_data_key(tx, room)

        assert len(plain) == 32
        assert plain not in wrapped
        assert await room_keys.open_data_key(tx, room, wrapped) == plain
        with pytest.raises(SealBroken):
            await room_keys.open_data_key(tx, other, wrapped)


async def test_few_keys_are_held_in_memory(database: Database, monkeypatch):
    monkeypatch.setattr(room_keys, "MOST_OPEN_KEYS", 2)
    room_keys._open_keys.clear()
    async with database.writing() as tx:
        for _ in range(5):
            await room_keys.make(tx, RoomId(uuid4()))

    assert len(room_keys._open_keys) == 2


async def test_sealing_many_rows_asks_the_store_once(database: Database, room: RoomId):
    sent: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        sent.append(statement)

    async with database.writing() as tx:
        event.listen(database.writer.sync_engine, "before_cursor_execute", note)
        for _ in range(100):
            sealed = await room_keys.seal(tx, room, b"words", b"about")
            assert await room_keys.unseal(tx, room, sealed, b"about") == b"words"
        event.remove(database.writer.sync_engine, "before_cursor_execute", note)

    assert len(sent) == 1
