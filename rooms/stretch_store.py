"""Every query on open stretches of reading and writing, and on the servers that hold them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from rooms.live import Stretch
from rooms.tables import live_hub, open_stretch, section
from server.kernel.database import Tx

HUB_LEASE = timedelta(seconds=60)
"""A server not seen for so long is dead, and what it held open is closed by another."""


async def add_stretch(tx: Tx, begun: Stretch, hub: UUID) -> None:
    """Note that a member has begun to read or to write a section."""
    await tx.execute(
        insert(open_stretch).values(
            id=begun.id,
            kind=begun.kind,
            section=begun.section,
            room=begun.room,
            member=begun.who.id,
            agency=begun.who.agency,
            hub=hub,
            from_seq=begun.from_seq,
            since=begun.since,
        )
    )


async def remove_stretches(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    """Take stretches off; return those that were still there, which are the caller's to record."""
    gone = await tx.execute(
        delete(open_stretch).where(open_stretch.c.id.in_(set(ids))).returning(open_stretch.c.id)
    )
    return {row.id for row in gone}


async def see_hub(tx: Tx, hub: UUID) -> None:
    """Note that this server is alive."""
    seen = await tx.execute(update(live_hub).where(live_hub.c.id == hub).values(seen_at=tx.at))
    if not seen.rowcount:
        await tx.execute(insert(live_hub).values(id=hub, seen_at=tx.at))


async def forget_hub(tx: Tx, hub: UUID) -> None:
    """Note that this server has stopped in order."""
    await tx.execute(delete(live_hub).where(live_hub.c.id == hub))


async def take_dead_stretches(tx: Tx, own: UUID) -> list[Row[Any]]:
    """Take off the stretches of servers that died, each with its section's last stored `seq`.

    SQLite serves one process: any other that left something open is dead. On PostgreSQL a
    server is dead when it was not seen for `HUB_LEASE`.
    """
    others = select(live_hub.c.id).where(live_hub.c.id != own)
    if tx.dialect != "sqlite":
        alive = select(live_hub.c.id).where(live_hub.c.seen_at > tx.at - HUB_LEASE)
        others = others.where(live_hub.c.id.not_in(alive))
    dead = [row.id for row in await tx.rows(others.with_for_update())]
    found = await tx.rows(
        select(open_stretch, section.c.seq)
        .join(section, section.c.id == open_stretch.c.section)
        .where(open_stretch.c.hub.in_(dead))
        .order_by(open_stretch.c.since, open_stretch.c.id)
    )
    await tx.execute(delete(open_stretch).where(open_stretch.c.hub.in_(dead)))
    await tx.execute(delete(live_hub).where(live_hub.c.id.in_(dead)))
    return list(found)
