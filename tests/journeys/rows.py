"""What the store of a served demo holds, looked at and held from outside the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import create_async_engine

from consent.tables import person
from tests.real.demo import ServedDemo

_AUTHORS = """
SELECT DISTINCT member.name FROM section_update JOIN member ON member.id = section_update.member
WHERE section_update.section = :section AND section_update.seq > :after
"""
_LAST = "SELECT max(seq) FROM section_update WHERE section = :section"


async def authors_since(demo: ServedDemo, section: str, after: int) -> set[str]:
    """Who wrote the changes of a part that were stored after this one, by name."""
    return {row[0] for row in await _rows(demo, _AUTHORS, section=_id(demo, section), after=after)}


async def last_change(demo: ServedDemo, section: str) -> int:
    """The number of the last stored change of a part."""
    return int((await _rows(demo, _LAST, section=_id(demo, section)))[0][0] or 0)


async def people_named(demo: ServedDemo, *names: str) -> int:
    """How many people of these names are kept."""
    kept = [row[0] for row in await _rows(demo, "SELECT name FROM person")]
    return sum(name in kept for name in names)


async def is_born(demo: ServedDemo, name: str, day: date) -> None:
    """Give somebody of the family another day of birth."""
    engine = create_async_engine(demo.database_url)
    async with engine.begin() as connection:
        changed = update(person).where(person.c.name == name).values(born=day)
        assert (await connection.execute(changed)).rowcount == 1
    await engine.dispose()


@asynccontextmanager
async def nothing_is_stored(demo: ServedDemo) -> AsyncIterator[None]:
    """Hold the store, so that nothing that is written becomes durable meanwhile."""
    engine = create_async_engine(demo.database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as held:
        if engine.dialect.name == "sqlite":
            await _patiently(held, "BEGIN IMMEDIATE")
        else:
            await held.execute(text("BEGIN"))
            await held.execute(text("LOCK TABLE section IN EXCLUSIVE MODE"))
        try:
            yield
        finally:
            await held.execute(text("ROLLBACK"))
    await engine.dispose()


async def _patiently(held, statement: str) -> None:
    for _ in range(100):
        try:
            await held.execute(text(statement))
        except Exception:  # noqa: BLE001  another writer is at it for a moment
            await asyncio.sleep(0.02)
        else:
            return
    raise AssertionError("the store was never free")


async def _rows(demo: ServedDemo, statement: str, **values: object):
    engine = create_async_engine(demo.database_url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()
    finally:
        await engine.dispose()


def _id(demo: ServedDemo, hexed: str) -> object:
    return hexed if demo.database_url.startswith("sqlite") else UUID(hexed)
