"""What the log says, read back by the tests, and what somebody does who owns its store."""

import asyncio

from sqlalchemy import select, text

from server.audit import checking, verify
from server.audit.tables import audit_leaf


async def verdict_of(database) -> verify.Verdict:
    async with database.reading() as tx:
        return await checking.check_log(tx)


async def nothing_waits(database) -> None:
    """Come back once every entry is in order."""
    async with asyncio.timeout(20):
        while (await verdict_of(database)).waiting:
            await asyncio.sleep(0.01)


async def order_of(database) -> list[bytes]:
    async with database.reading() as tx:
        rows = await tx.rows(select(audit_leaf).order_by(audit_leaf.c.seq))
    assert [row.seq for row in rows] == list(range(len(rows)))
    return [row.entry_id for row in rows]


async def drop_guards(database) -> None:
    """Do as somebody does who owns the store."""
    async with database.writing() as tx:
        if database.is_sqlite:
            names = await tx.rows(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for row in names:
                await tx.execute(text(f"DROP TRIGGER {row.name}"))
        else:
            for table in ("audit_entry", "audit_leaf", "audit_checkpoint"):
                await tx.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
