"""Every query on stored changes of a section's words: appended, read, moved to history.

Words are sealed here and opened here. A change is stored by compare and append: only where the
section still stands at the access epoch at which its writer was asked about.

Rule: ADR-0003 (lock order), ADR-0009 (compare and append).
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, Table, delete, insert, select, union_all, update

from rooms.tables import (
    section,
    section_client,
    section_history,
    section_snapshot,
    section_update,
)
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId
from server.kernel.tables import Instant
from server.keys import room_keys

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """One stored change of a section's words: `seq` is its place, `member` its author."""

    seq: int
    epoch: int
    member: MemberId
    at: datetime
    update: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What a section's document is built from: a snapshot up to `upto_seq`, then single changes.

    The changes stand in the order of seq; `seq`, `epoch` and `generation` are the section's own.
    """

    seq: int
    epoch: int
    upto_seq: int
    snapshot: bytes | None
    changes: tuple[Change, ...]
    generation: int = 0

    def updates(self) -> list[bytes]:
        """Return the snapshot and the changes as updates, in the order to apply them."""
        first = [] if self.snapshot is None else [self.snapshot]
        return [*first, *self.changed()]

    def changed(self) -> list[bytes]:
        """Return the changes alone, without the snapshot, as updates."""
        return [change.update for change in self.changes]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a section stands: how many changes are stored, at which access epoch and generation."""

    section: SectionId
    room: RoomId
    seq: int
    epoch: int
    generation: int = 0


async def standings(tx: Tx, sections: Collection[SectionId]) -> list[Standing]:
    """Return where these sections stand, in one query."""
    if not sections:
        return []
    rows = await tx.rows(
        select(*_STANDING).where(section.c.id.in_(set(sections))),
    )
    return [_standing(row) for row in rows]


_STANDING = (section.c.id, section.c.room, section.c.seq, section.c.epoch, section.c.generation)


def _standing(row: Row[Any]) -> Standing:
    return Standing(SectionId(row.id), RoomId(row.room), row.seq, row.epoch, row.generation)


# ---------------------------------------------------------------- words


async def append(
    tx: Tx,
    section_id: SectionId,
    room: RoomId,
    epoch: int,
    changes: Sequence[tuple[MemberId, bytes]],
) -> int | None:
    """Store changes, in this order, if the section's epoch is still `epoch`.

    Returns:
        The seq of the last one; None: the epoch is another, nothing was stored. A caller with
        several sections goes in the order of their ids.
    """
    last = await tx.scalar(
        update(section)
        .where(section.c.id == section_id, section.c.epoch == epoch)
        .values(seq=section.c.seq + len(changes))
        .returning(section.c.seq)
    )
    if last is None:
        return None
    first = int(last) - len(changes) + 1
    stored = [
        Change(seq=seq, epoch=epoch, member=member, at=tx.at, update=content)
        for seq, (member, content) in enumerate(changes, first)
    ]
    await insert_changes(tx, section_id, room, stored)
    return int(last)


@dataclass(frozen=True, slots=True)
class Appending:
    """Changes to be stored in one section, in this order, if its epoch is still `epoch`."""

    section: SectionId
    room: RoomId
    epoch: int
    changes: Sequence[tuple[MemberId, bytes]]


async def append_all(tx: Tx, wanted: Sequence[Appending]) -> list[int | None]:
    """Store the changes of several sections, which the caller has in the order of their ids.

    Returns:
        The seq of the last change of each. None ends the list: that section's epoch is another,
        and the caller takes back what was stored before it.
    """
    if tx.dialect == "sqlite":
        return await _append_in_one_step(tx, wanted)
    found: list[int | None] = []
    for one in wanted:
        found.append(await append(tx, one.section, one.room, one.epoch, one.changes))
        if found[-1] is None:
            break
    return found


async def _append_in_one_step(tx: Tx, wanted: Sequence[Appending]) -> list[int | None]:
    # As `append`, in one trip to SQLite's thread where that would be two for each section.
    sealers = [await room_keys.sealer(tx, one.room) for one in wanted]
    written = Instant().bind_processor(tx.connection.dialect)
    at = written(tx.at) if written else tx.at

    def work(connection: sqlite3.Connection) -> list[int | None]:
        found: list[int | None] = []
        for one, sealer in zip(wanted, sealers, strict=True):
            count, thing = len(one.changes), one.section.hex
            grown = connection.execute(_GROW, (count, thing, one.epoch)).fetchall()
            if not grown:
                return [*found, None]
            ((last,),) = grown
            found.append(last)
            connection.executemany(
                _STORE,
                [
                    (thing, seq, one.epoch, member.hex, at, sealed)
                    for seq, (member, content) in enumerate(one.changes, last - count + 1)
                    for sealed in [sealer.seal(content, about("change", one.section, seq))]
                ],
            )
        return found

    return await tx.in_one_step(work)


_GROW = "UPDATE section SET seq = seq + ? WHERE id = ? AND epoch = ? RETURNING seq"
_STORE = (
    "INSERT INTO section_update (section, seq, epoch, member, at, bytes) VALUES (?, ?, ?, ?, ?, ?)"
)


async def insert_changes(
    tx: Tx, section_id: SectionId, room: RoomId, changes: Sequence[Change]
) -> None:
    """Write changes whose seq is settled."""
    sealer = await room_keys.sealer(tx, room)
    rows = [
        {
            "section": section_id,
            "seq": change.seq,
            "epoch": change.epoch,
            "member": change.member,
            "at": change.at,
            "bytes": sealer.seal(change.update, about("change", section_id, change.seq)),
        }
        for change in changes
    ]
    await tx.execute(insert(section_update), rows)


async def load_words(tx: Tx, sections: Collection[SectionId]) -> dict[SectionId, Words]:
    """Return what the documents of these sections are built from, in three queries for all.

    PostgreSQL answers each of them as of its own moment. Where they stand is read first and the
    snapshots last: what is stored, or made a snapshot of, meanwhile is then read twice or
    counted, never counted unread.
    """
    ids = set(sections)
    if not ids:
        return {}
    standing = {place.section: place for place in await standings(tx, ids)}
    where = section_update.c.section.in_(ids)
    found = await tx.rows(
        select(section_update)
        .where(where, ~section_update.c.set_aside)
        .order_by(section_update.c.section, section_update.c.seq)
    )
    snapshots = {
        row.section: row
        for row in await tx.rows(
            select(section_snapshot).where(section_snapshot.c.section.in_(ids))
        )
    }
    changes: dict[UUID, list[Change]] = defaultdict(list)
    for row in found:
        if row.section in standing:
            changes[row.section].append(await _open_change(tx, standing[row.section].room, row))
    return {
        section_id: await _words(tx, place, snapshots.get(section_id), changes[section_id])
        for section_id, place in standing.items()
    }


@dataclass(frozen=True, slots=True)
class Tail:
    """What a new snapshot is made of: the one before, and each change since by its seq."""

    snapshot: bytes | None
    changes: dict[int, bytes]


async def load_tail(tx: Tx, of: Standing) -> Tail:
    """Return a section's last snapshot and its changes alone, without author and time."""
    sealer = await room_keys.sealer(tx, of.room)
    found = await tx.rows(
        select(section_update.c.seq, section_update.c.bytes)
        .where(section_update.c.section == of.section, ~section_update.c.set_aside)
        .order_by(section_update.c.seq)
    )
    kept = await tx.first(select(section_snapshot).where(section_snapshot.c.section == of.section))
    return Tail(
        kept and sealer.unseal(kept.bytes, about("snapshot", of.section, kept.upto_seq)),
        {row.seq: sealer.unseal(row.bytes, about("change", of.section, row.seq)) for row in found},
    )


async def _words(
    tx: Tx, place: Standing, snapshot: Row[Any] | None, changes: list[Change]
) -> Words:
    upto = snapshot.upto_seq if snapshot is not None else 0
    opened = (
        await room_keys.unseal(
            tx, place.room, snapshot.bytes, about("snapshot", place.section, upto)
        )
        if snapshot is not None
        else None
    )
    seq = max([place.seq, upto, *(change.seq for change in changes)])
    return Words(seq, place.epoch, upto, opened, tuple(changes), place.generation)


async def changes_after(
    tx: Tx, section_id: SectionId, seq: int, *, upto_seq: int | None = None
) -> list[Change]:
    """Return the stored changes after `seq`, up to another, those in history too, in order."""
    place = next(iter(await standings(tx, [section_id])), None)
    if place is None:
        return []
    # One statement, of one moment: a change that moves to history between two would be in none.
    both = union_all(*(_after(table, section_id, seq) for table in _HISTORY)).subquery()
    query = select(both).order_by(both.c.seq)
    if upto_seq is not None:
        query = query.where(both.c.seq <= upto_seq)
    return [await _open_change(tx, place.room, row) for row in await tx.rows(query)]


_HISTORY = (section_update, section_history)


def _after(table: Table, section_id: SectionId, seq: int) -> Select[Any]:
    columns = (table.c[name] for name in ("section", "seq", "epoch", "member", "at", "bytes"))
    return select(*columns).where(
        table.c.section == section_id, table.c.seq > seq, ~table.c.set_aside
    )


async def _open_change(tx: Tx, room: RoomId, row: Row[Any]) -> Change:
    return Change(
        seq=row.seq,
        epoch=row.epoch,
        member=MemberId(row.member),
        at=row.at,
        update=await room_keys.unseal(
            tx, room, row.bytes, about("change", SectionId(row.section), row.seq)
        ),
    )


async def save_snapshot(
    tx: Tx,
    of: Standing,
    *,
    upto_seq: int,
    snapshot: bytes,
    keep: Iterable[int],
) -> None:
    """Put a snapshot in the place of the changes up to `upto_seq`, which move to history.

    Those in `keep`, which the snapshot cannot hold yet, stay. The caller holds the section's row.
    """
    moved = section_update.c.section == of.section
    moved &= section_update.c.seq <= upto_seq
    moved &= section_update.c.seq.not_in(sorted(set(keep)))
    columns = [column.name for column in section_history.columns]
    await tx.execute(
        insert(section_history).from_select(
            columns, select(*(section_update.c[name] for name in columns)).where(moved)
        )
    )
    await tx.execute(delete(section_update).where(moved))
    sealed = await room_keys.seal(tx, of.room, snapshot, about("snapshot", of.section, upto_seq))
    await tx.execute(delete(section_snapshot).where(section_snapshot.c.section == of.section))
    await tx.execute(
        insert(section_snapshot).values(
            section=of.section, upto_seq=upto_seq, made_at=tx.at, bytes=sealed
        )
    )


async def hold_section(tx: Tx, section_id: SectionId) -> Standing | None:
    """Return where the section stands and keep its changes waiting until this act ends."""
    row = await tx.first(
        select(*_STANDING).where(section.c.id == section_id).with_for_update(key_share=True)
    )
    return None if row is None else _standing(row)


# ---------------------------------------------------------------- whose client id


async def clients_of(tx: Tx, section_id: SectionId) -> dict[int, MemberId]:
    """Return which member types under which CRDT client id."""
    rows = await tx.rows(select(section_client).where(section_client.c.section == section_id))
    return {int(row.client): MemberId(row.member) for row in rows}


async def retired_clients(tx: Tx, section_id: SectionId) -> frozenset[int]:
    """Return the client ids of generations before the last time that words were taken back."""
    rows = await tx.rows(
        select(section_client.c.client).where(
            section_client.c.section == section_id, section_client.c.is_retired
        )
    )
    return frozenset(int(row.client) for row in rows)


async def bind_clients(tx: Tx, section_id: SectionId, bound: dict[int, MemberId]) -> None:
    """Bind client ids to members, for ever.

    An id bound twice at once is a fault of the database (its primary key): nothing is stored.
    """
    if bound:
        await tx.execute(
            insert(section_client),
            [
                {"section": section_id, "client": client, "member": member, "bound_at": tx.at}
                for client, member in sorted(bound.items())
            ],
        )


def about(what: str, section_id: SectionId, seq: int = 0) -> bytes:
    """Name what is sealed, so that no sealed words can be put in the place of others."""
    return f"{what}:{section_id.hex}:{seq}".encode()
