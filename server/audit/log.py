"""The only writer of the log: an entry in the transaction of the act it tells of.

No entry, no act: if this fails, the caller's transaction fails with it.

Rule: ADR-0004 (the log is an RFC 6962 tree).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Engine, delete, insert
from sqlalchemy.dialects import postgresql, sqlite

from server.audit import details, pseudonyms
from server.audit.details import SealedDetails
from server.audit.entry import Entry, Leaf
from server.audit.pseudonyms import Named
from server.audit.tables import audit_detail, audit_entry, audit_repeated
from server.kernel import notices
from server.kernel.database import Tx
from server.kernel.ids import EntryId, new_id

REFUSALS_APART = 10
"""How often the same member may be refused the same thing within a minute, each refusal with an
entry of its own; further ones are counted, durably, and become one entry after the minute."""

_MINUTE_MS = 60_000
_REFUSALS_REMEMBERED = 10_000

_refusals: WeakKeyDictionary[Engine, OrderedDict[bytes, int]] = WeakKeyDictionary()
_telling: WeakSet[Tx] = WeakSet()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Notice that entries wait to be put in order."""


async def record(tx: Tx, *entries: Entry) -> list[EntryId]:
    """Record what was done or refused; durable with the caller's transaction, or not at all.

    Returns the entries' ids in the order given.
    """
    names = await pseudonyms.find_or_make(tx, _named_in(entries))
    ids: list[EntryId] = []
    leaves: list[Leaf] = []
    sealed: list[SealedDetails] = []
    for entry in entries:
        entry_id = new_id()
        sealed_in = None if entry.by_house else entry.room
        kept = await details.seal(tx, sealed_in, entry_id.bytes, entry.details)
        leaf = _leaf_of(tx, entry, entry_id, names=names, commitment=kept.commitment)
        if _is_repeated(tx, leaf):
            ids.append(await _count(tx, leaf, kept))
        else:
            ids.append(EntryId(entry_id))
            leaves.append(leaf)
            sealed.append(kept)
    if leaves:
        await tx.execute(insert(audit_entry), [leaf.as_row() for leaf in leaves])
        await tx.execute(
            insert(audit_detail),
            [_detail_row(leaf, kept) for leaf, kept in zip(leaves, sealed, strict=True)],
        )
        _tell_after_commit(tx)
    return ids


async def close_counts(tx: Tx) -> int:
    """Turn what was counted in minutes that are over into entries; return how many."""
    this_minute_ms = _at_ms(tx) // _MINUTE_MS * _MINUTE_MS
    over = delete(audit_repeated).where(audit_repeated.c.at_ms < this_minute_ms)
    counted = (await tx.execute(over.returning(*audit_repeated.c))).mappings().all()
    if counted:
        rows = [{column.name: row[column.name] for column in audit_entry.c} for row in counted]
        await tx.execute(insert(audit_entry), rows)
    return len(counted)


def _named_in(entries: Sequence[Entry]) -> Iterator[Named]:
    for entry in entries:
        if entry.who is not None:
            yield "member", entry.who.hex
        if entry.agency is not None:
            yield "agency", entry.agency
        if entry.room is not None:
            yield "room", entry.room.hex


def _leaf_of(
    tx: Tx, entry: Entry, entry_id: UUID, *, names: dict[Named, bytes], commitment: bytes
) -> Leaf:
    return Leaf(
        id=entry_id.bytes,
        at_ms=_at_ms(tx),
        kind=entry.kind,
        outcome=entry.outcome,
        actor=None if entry.who is None else names["member", entry.who.hex],
        agency=None if entry.agency is None else names["agency", entry.agency],
        room=None if entry.room is None else names["room", entry.room.hex],
        thing=None if entry.thing is None else entry.thing.bytes,
        purpose=entry.purpose,
        count=1,
        commitment=commitment,
    )


def _at_ms(tx: Tx) -> int:
    return int(tx.at.timestamp()) * 1000 + tx.at.microsecond // 1000


def _detail_row(leaf: Leaf, kept: SealedDetails) -> dict[str, bytes | None]:
    room = None if kept.room is None else kept.room.bytes
    return {"entry_id": leaf.id, "sealed_in_room": room, "sealed": kept.sealed}


def _tell_after_commit(tx: Tx) -> None:
    if tx not in _telling:
        _telling.add(tx)
        tx.after_commit(lambda: notices.tell(Recorded()))


def _sameness(leaf: Leaf) -> bytes:
    """Return what is the same in refusals that are counted together: all but id and details."""
    parts = (leaf.kind, leaf.actor, leaf.agency, leaf.room, leaf.thing, leaf.purpose)
    return hashlib.sha256(repr((parts, leaf.at_ms // _MINUTE_MS)).encode()).digest()


def _is_repeated(tx: Tx, leaf: Leaf) -> bool:
    """Say whether this refusal is one too many to have an entry of its own.

    A refusal of nobody in particular (a failed sign-in) always has: its details say who it was.
    """
    if leaf.outcome != "refused" or leaf.actor is None:
        return False
    seen = _refusals.setdefault(tx.connection.sync_engine, OrderedDict())
    sameness = _sameness(leaf)
    seen[sameness] = seen.get(sameness, 0) + 1
    seen.move_to_end(sameness)
    if len(seen) > _REFUSALS_REMEMBERED:
        seen.popitem(last=False)
    return seen[sameness] > REFUSALS_APART


async def _count(tx: Tx, leaf: Leaf, kept: SealedDetails) -> EntryId:
    """Add one to the refusals counted; return the id of the entry they will become."""
    dialect = sqlite if tx.dialect == "sqlite" else postgresql
    statement = (
        dialect.insert(audit_repeated)
        .values(**leaf.as_row(), sameness=_sameness(leaf))
        .on_conflict_do_update(
            index_elements=["sameness"], set_={"count": audit_repeated.c.count + 1}
        )
        .returning(audit_repeated.c.id)
    )
    counted_as: bytes = (await tx.execute(statement)).scalar_one()
    if counted_as == leaf.id:
        await tx.execute(insert(audit_detail), _detail_row(leaf, kept))
    return EntryId(UUID(bytes=counted_as))
