import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text

from server.kernel import database as kernel_database
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Unavailable

tally = Table("kernel_tally", MetaData(), Column("n", Integer))


@pytest.fixture(autouse=True)
async def _tally(database):
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: tally.create(sync, checkfirst=True))


async def tallied() -> list[int]:
    async with reading() as tx:
        return [row.n for row in await tx.rows(select(tally.c.n).order_by(tally.c.n))]


async def test_what_is_written_in_one_transaction_stands_after_it():
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=7))

    assert await tallied() == [7]


async def test_an_error_leaves_nothing_of_the_transaction():
    with pytest.raises(ValueError, match="no"):
        async with writing() as tx:
            await tx.execute(insert(tally).values(n=7))
            raise ValueError("no")

    assert await tallied() == []


async def test_news_is_told_only_after_the_commit_and_in_order():
    told: list[object] = []

    async with writing() as tx:
        await tx.execute(insert(tally).values(n=1))

        async def look() -> None:
            told.append(await tallied())

        tx.after_commit(look)
        tx.after_commit(lambda: told.append("second"))
        assert told == []

    assert told == [[1], "second"]


async def test_no_news_is_told_of_what_was_rolled_back():
    told: list[str] = []

    with pytest.raises(ValueError, match="no"):
        async with writing() as tx:
            tx.after_commit(lambda: told.append("news"))
            raise ValueError("no")

    assert told == []


async def test_a_refusal_left_for_after_the_rollback_is_recorded_in_a_fresh_transaction():
    async def record(fresh: Tx) -> None:
        await fresh.execute(insert(tally).values(n=99))

    with pytest.raises(PermissionError):
        async with writing() as tx:
            await tx.execute(insert(tally).values(n=7))
            tx.after_rollback(record)
            raise PermissionError

    assert await tallied() == [99]


async def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal():
    async def record(fresh: Tx) -> None:
        await fresh.execute(text("insert into no_such_table values (1)"))

    with pytest.raises(PermissionError):
        async with writing() as tx:
            tx.after_rollback(record)
            raise PermissionError

    assert await tallied() == []


async def test_news_that_fails_does_not_undo_the_commit_or_stop_other_news():
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError("a broken hearer")

    async with writing() as tx:
        await tx.execute(insert(tally).values(n=3))
        tx.after_commit(fail)
        tx.after_commit(lambda: told.append("second"))

    assert await tallied() == [3]
    assert told == ["second"]


async def test_forty_writers_at_once_lose_no_update():
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=0))

    async def add_one() -> None:
        async with writing() as tx:
            n = await tx.scalar(select(tally.c.n).with_for_update())
            await tx.execute(tally.update().values(n=n + 1))

    await asyncio.gather(*(add_one() for _ in range(40)))

    assert await tallied() == [40]


async def test_a_second_process_waits_for_its_turn_on_sqlite(database):
    if not database.is_sqlite:
        return
    other = type(database)(str(database.url))
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=0))

    async def add_one(store) -> None:
        async with store.writing() as tx:
            n = await tx.scalar(select(tally.c.n))
            await asyncio.sleep(0)
            await tx.execute(tally.update().values(n=n + 1))

    await asyncio.gather(*(add_one(store) for store in (database, other) * 10))
    await other.close()

    assert await tallied() == [20]


async def test_a_writing_transaction_inside_another_is_refused():
    async with writing():
        with pytest.raises(RuntimeError, match="already open"):
            async with writing():
                pass


async def test_reading_does_not_see_what_is_not_committed():
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=5))
        assert await tallied() == []

    assert await tallied() == [5]


async def test_nothing_can_be_written_while_only_reading_on_sqlite(database):
    if not database.is_sqlite:
        return
    with pytest.raises(Exception, match="readonly"):
        async with reading() as tx:
            await tx.execute(insert(tally).values(n=5))


def size_of_log(database) -> int:
    return Path(f"{database.url.database}-wal").stat().st_size


async def test_a_reader_of_what_is_older_is_waited_for_before_the_log_is_emptied(database):
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=1))
    reads_on = asyncio.Event()

    async def read() -> None:
        async with reading() as tx:
            await tx.rows(select(tally.c.n))
            reads_on.set()
            await asyncio.sleep(0.4)

    reader = asyncio.create_task(read())
    await reads_on.wait()
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=2))
    await database.erase_deleted()
    await reader

    assert not database.is_sqlite or size_of_log(database) == 0
    assert await tallied() == [1, 2]


async def test_a_log_that_cannot_be_emptied_is_no_silent_matter(database, monkeypatch):
    monkeypatch.setattr(kernel_database, "ERASE_TRIES", 1)
    async with writing() as tx:
        await tx.execute(insert(tally).values(n=1))
    async with reading() as older:
        await older.rows(select(tally.c.n))
        async with writing() as tx:
            await tx.execute(insert(tally).values(n=2))
        if database.is_sqlite:
            with pytest.raises(Unavailable):
                await database.erase_deleted()
        else:
            await database.erase_deleted()
