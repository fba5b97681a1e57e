"""Puts entries in order, one process at a time: grows the tree, signs, publishes.

The order is that of the outbox when it is emptied, never of clocks or of numbers given out
earlier (a lower one may be committed later). Leaves and the checkpoint that covers them are
committed together, so no leaf is ever without a signature over it.

Rule: ADR-0004 (the log is an RFC 6962 tree).
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, text

from server.audit import log, publishing, search, signing
from server.audit.entry import Leaf
from server.audit.publishing import LogBroken
from server.audit.tables import (
    audit_checkpoint,
    audit_entry,
    audit_leaf,
    audit_outbox,
    audit_repeated,
)
from server.audit.tree import Edge, leaf_hash
from server.audit.verify import placed_hash
from server.kernel import notices
from server.kernel.database import Tx, reading, writing

logger = logging.getLogger(__name__)

BATCH = 1_024
"""Entries put in order in one transaction."""

POLL_S = 0.5
GATHER_S = 0.1
"""How long a woken sequencer lets more entries come, so that one signature covers them."""

_TURN = 0x7AC_100_6
"""The number of the advisory lock in PostgreSQL."""

_LEAF_COLUMNS = tuple(audit_entry.c[name] for name in Leaf.__slots__)


class Sequencer:
    """Puts this process's turn at the log to use. `folder` is where the log is published."""

    def __init__(self, folder: Path, origin: str) -> None:
        """Prepare; `origin` names the log when its signing key is made, and never later."""
        self._folder = folder
        self._origin = origin
        self._edge: Edge | None = None
        self._signer: signing.Signer | None = None
        self._is_published = False
        self._woken = asyncio.Event()

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Put entries in order until `stop` is set, and what waits then once more.

        A store that does not answer is tried again; a log found broken stays unsigned, and the
        age of the outbox tells.
        """
        notices.hear(log.Recorded, lambda _notice: self._woken.set())
        while not stop.is_set():
            await self._sequence_all()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), GATHER_S)
            self._woken.clear()
        await self._sequence_all()

    async def sequence_once(self) -> int:
        """Put up to `BATCH` waiting entries in order, sign and publish; return how many.

        Returns 0 also where another process has the turn.

        Raises:
            LogBroken: the store's log is not the one that was signed and published.
        """
        count = 0
        if await _is_anything_to_do():
            async with writing() as tx:
                if not await _take_turn(tx):
                    return 0
                await log.close_counts(tx)
                signer = self._signer or await signing.load_or_make(tx, self._origin)
                edge, count = await self._grow(tx, signer)
            # Not before the commit: what is rolled back was never signed.
            self._signer, self._edge, self._is_published = signer, edge, False
        if not self._is_published:
            async with reading() as tx:
                await publishing.publish(tx, self._folder)
            self._is_published = True
        return count

    async def _sequence_all(self) -> None:
        try:
            while await self.sequence_once() == BATCH:
                pass
        except Exception:
            # Entries wait safely in the outbox; the next look tries again.
            logger.exception("the log could not be put in order")
            self._edge = None

    async def _grow(self, tx: Tx, signer: signing.Signer) -> tuple[Edge, int]:
        """Move a batch from the outbox into the tree, and sign; return the edge then."""
        edge = await self._edge_now(tx)
        waiting = await _read_waiting(tx)
        if not waiting:
            return edge, 0
        rows = []
        for row in waiting:
            hash_of_leaf = leaf_hash(Leaf(*tuple(row)[1:]).in_bytes())
            placed = placed_hash(edge.size, hash_of_leaf)
            rows.append(
                {"seq": edge.size, "entry_id": row.id, "leaf_hash": hash_of_leaf, "placed": placed}
            )
            edge.append(hash_of_leaf)
        await tx.execute(insert(audit_leaf), rows)
        taken = [row.waits_as for row in waiting]
        await tx.execute(delete(audit_outbox).where(audit_outbox.c.id.in_(taken)))
        root = edge.root()
        note = signer.sign(edge.size, root)
        signed = {"tree_size": edge.size, "root": root, "text": note, "at": tx.at}
        await tx.execute(insert(audit_checkpoint), signed)
        return edge, len(rows)

    async def _edge_now(self, tx: Tx) -> Edge:
        """Return the tree's right edge: the one in memory if it is still the newest.

        Raises:
            LogBroken: the leaves kept do not give the root that was signed last.
        """
        newest = await search.last_checkpoint(tx)
        size, root = (0, Edge().root()) if newest is None else (newest.tree_size, newest.root)
        edge = self._edge
        if edge is None:
            await publishing.must_agree(tx, self._folder)
        if edge is None or edge.size != size or edge.root() != root:
            edge = await self._read_edge(tx, size)
        # Threat T-09: signing a tree over leaves that somebody changed meanwhile.
        if edge.root() != root:
            raise LogBroken
        return edge.copy()

    async def _read_edge(self, tx: Tx, size: int) -> Edge:
        """Return the edge at `size`: from the published tiles and the leaves after them."""
        published = await asyncio.to_thread(publishing.read_edge, self._folder)
        edge = Edge()
        if published is not None and published.size <= size:
            edge = published
        hashes = select(audit_leaf.c.leaf_hash).order_by(audit_leaf.c.seq)
        for row in await tx.rows(hashes.where(audit_leaf.c.seq >= edge.size)):
            edge.append(row.leaf_hash)
        return edge


async def _is_anything_to_do() -> bool:
    async with reading() as tx:
        query = select(exists(select(audit_outbox.c.id)) | exists(select(audit_repeated.c.id)))
        return bool(await tx.scalar(query))


async def _take_turn(tx: Tx) -> bool:
    """Take the turn until the commit. SQLite has one process and one writer: it is always ours."""
    if tx.dialect == "sqlite":
        return True
    return bool(await tx.scalar(text(f"SELECT pg_try_advisory_xact_lock({_TURN})")))


async def _read_waiting(tx: Tx) -> list[Row[Any]]:
    waits = audit_outbox.join(audit_entry, audit_entry.c.id == audit_outbox.c.entry_id)
    query = (
        select(audit_outbox.c.id.label("waits_as"), *_LEAF_COLUMNS)
        .select_from(waits)
        .order_by(audit_outbox.c.id)
        .limit(BATCH)
    )
    return list(await tx.rows(query))
