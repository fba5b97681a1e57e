import asyncio
import sqlite3

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from server.kernel.database import Database

shelf = Table("shelf", MetaData(), Column("n", Integer, primary_key=True), Column("word", String))


@pytest.fixture
async def store(tmp_path):
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'shelf.sqlite'}")
    async with opened.writer.begin() as connection:
        await connection.run_sync(shelf.create)
    yield opened
    await opened.close()


async def test_several_statements_in_one_step_are_of_the_transaction_around_them(store):
    def two(connection):
        connection.execute("INSERT INTO shelf VALUES (1, 'one')")
        connection.executemany("INSERT INTO shelf VALUES (?, ?)", [(2, "two"), (3, "three")])
        return connection.execute("SELECT count(*) FROM shelf").fetchone()[0]

    with pytest.raises(ZeroDivisionError):
        async with store.writing() as tx:
            assert await tx.in_one_step(two) == 3
            raise ZeroDivisionError
    async with store.writing() as tx:
        assert await tx.in_one_step(two) == 3

    async with store.reading() as tx:
        assert await tx.scalar(select(shelf.c.word).where(shelf.c.n == 3)) == "three"


async def test_what_a_step_fails_with_is_told_and_rolled_back(store):
    def fails(connection):
        connection.execute("INSERT INTO shelf VALUES (1, 'one')")
        connection.execute("INSERT INTO shelf VALUES (1, 'again')")

    with pytest.raises(sqlite3.IntegrityError):
        async with store.writing() as tx:
            await tx.in_one_step(fails)

    async with store.writing() as tx:
        assert not await tx.rows(select(shelf))


async def test_rows_come_back_in_order_and_as_often_as_they_are_asked_for(store):
    async with store.writing() as tx:
        await tx.execute(insert(shelf), [{"n": n, "word": str(n)} for n in range(5)])

    async with store.reading() as tx:
        result = await tx.execute(select(shelf.c.word).order_by(shelf.c.n))
        assert result.fetchone() == ("0",)
        assert result.fetchmany(2) == [("1",), ("2",)]
        assert list(result) == [("3",), ("4",)]


async def test_a_change_says_how_many_rows_it_touched_and_gives_them_back(store):
    async with store.writing() as tx:
        await tx.execute(insert(shelf), [{"n": n, "word": "old"} for n in range(3)])
        changed = await tx.execute(update(shelf).where(shelf.c.n > 0).values(word="new"))
        assert changed.rowcount == 2
        given = await tx.execute(insert(shelf).values(n=9, word="nine").returning(shelf.c.n))
        assert given.scalar() == 9


async def test_a_broken_rule_and_a_broken_statement_keep_their_names(store):
    async with store.writing() as tx:
        await tx.execute(insert(shelf).values(n=1, word="one"))

    with pytest.raises(IntegrityError):
        async with store.writing() as tx:
            await tx.execute(insert(shelf).values(n=1, word="again"))
    with pytest.raises(OperationalError):
        async with store.writing() as tx:
            await tx.execute(text("select * from nowhere"))


async def test_two_queries_at_once_on_one_connection_keep_their_own_rows(store):
    async with store.reading() as tx:
        first, second = await asyncio.gather(tx.rows(text("select 1")), tx.rows(text("select 2")))

    assert (first, second) == ([(1,)], [(2,)])
