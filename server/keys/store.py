"""Every query on the wrapped keys."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.kernel.database import Tx
from server.kernel.ids import new_id
from server.keys.tables import wrapped_key


async def list_keys(tx: Tx, scope: UUID) -> Sequence[Row[Any]]:
    """Return the scope's keys, the oldest period first; destroyed ones too."""
    return await tx.rows(_keys_of(scope))


async def hold_keys(tx: Tx, scope: UUID) -> Sequence[Row[Any]]:
    """Return the scope's keys and let nobody else begin or destroy one until the commit."""
    # The rows that were waited for may have got a younger sister meanwhile: ask once more.
    await tx.rows(_keys_of(scope).with_for_update())
    return await tx.rows(_keys_of(scope).with_for_update())


async def add_key(tx: Tx, scope: UUID, *, key: UUID, period: int, wrapped: bytes) -> None:
    """Begin a period with its wrapped key; if another process began it first, hers stands."""
    row = {
        "id": key,
        "scope": scope,
        "period": period,
        "wrapped": wrapped,
        "made_at": tx.at,
        "destroyed_at": None,
    }
    # The two dialects spell it alike, but have no class in common.
    table = sqlite if tx.dialect == "sqlite" else postgresql
    await tx.execute(
        table.insert(wrapped_key).on_conflict_do_nothing(index_elements=["scope", "period"]), row
    )


async def destroy_keys(tx: Tx, scope: UUID) -> None:
    """Forget every wrapped key of the scope; the rows stay, to say when that was.

    A scope that never had a key gets a destroyed first one, so that none is begun later.
    """
    if not await hold_keys(tx, scope):
        await tx.execute(
            insert(wrapped_key),
            {"id": new_id(), "scope": scope, "period": 1, "made_at": tx.at, "destroyed_at": tx.at},
        )
    await tx.execute(
        update(wrapped_key)
        .where(wrapped_key.c.scope == scope, wrapped_key.c.destroyed_at.is_(None))
        .values(wrapped=None, destroyed_at=tx.at)
    )


def _keys_of(scope: UUID) -> Select[Any]:
    return select(wrapped_key).where(wrapped_key.c.scope == scope).order_by(wrapped_key.c.period)
