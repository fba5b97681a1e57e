"""Every query on words that are taken back: all changes read and written anew, and that it was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, insert, select, update

from rooms.change_store import Standing, about, bind_clients
from rooms.tables import (
    open_stretch,
    section,
    section_client,
    section_history,
    section_snapshot,
    section_taken_back,
    section_taken_back_from,
    section_update,
)
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId
from server.keys import room_keys


@dataclass(frozen=True, slots=True)
class Kept:
    """One stored change as it is kept, whether it is still read or was set aside."""

    seq: int
    at: datetime
    update: bytes
    is_set_aside: bool


@dataclass(frozen=True, slots=True)
class TakenBack:
    """That somebody took words back: how many passages, and who had received them."""

    id: UUID
    room: RoomId
    section: SectionId
    by: MemberId
    at: datetime
    generation: int
    passages: int
    received: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class OpenReading:
    """Somebody who has a section open just now, since it stood at this change."""

    member: MemberId
    from_seq: int


async def all_changes(tx: Tx, place: Standing) -> list[Kept]:
    """Return every change that is kept of a section, in its order, those set aside too."""
    found: list[Kept] = []
    for table in (section_update, section_history):
        for row in await tx.rows(select(table).where(table.c.section == place.section)):
            sealed_as = about("change", place.section, row.seq)
            opened = await room_keys.unseal(tx, place.room, row.bytes, sealed_as)
            found.append(Kept(row.seq, row.at, opened, row.set_aside))
    return sorted(found, key=lambda one: one.seq)


async def snapshot_of(tx: Tx, place: Standing) -> tuple[int, bytes] | None:
    """Return up to which change the snapshot of a section goes, and what it holds."""
    row = await tx.first(
        select(section_snapshot).where(section_snapshot.c.section == place.section)
    )
    if row is None:
        return None
    sealed_as = about("snapshot", place.section, row.upto_seq)
    return row.upto_seq, await room_keys.unseal(tx, place.room, row.bytes, sealed_as)


async def write_anew(
    tx: Tx,
    place: Standing,
    *,
    changes: Mapping[int, bytes],
    snapshot: tuple[int, bytes] | None,
    ids: Mapping[int, int],
) -> int:
    """Put changes, the snapshot and client ids in the place of the old ones; the new generation.

    Changes that are not named are deleted. The caller holds the section's row.
    """
    sealer = await room_keys.sealer(tx, place.room)
    for table in (section_update, section_history):
        of_section = table.c.section == place.section
        here = {row.seq for row in await tx.rows(select(table.c.seq).where(of_section))}
        unread = here - changes.keys()
        if unread:
            await tx.execute(delete(table).where(of_section, table.c.seq.in_(unread)))
        rows = [
            {"at_seq": seq, "words": sealer.seal(changes[seq], about("change", place.section, seq))}
            for seq in sorted(here & changes.keys())
        ]
        if rows:
            await tx.execute(
                update(table)
                .where(and_(of_section, table.c.seq == bindparam("at_seq")))
                .values(bytes=bindparam("words")),
                rows,
            )
    if snapshot is not None:
        upto, content = snapshot
        sealed = sealer.seal(content, about("snapshot", place.section, upto))
        await tx.execute(
            update(section_snapshot)
            .where(section_snapshot.c.section == place.section)
            .values(bytes=sealed)
        )
    await _bind_anew(tx, place, ids)
    made = update(section).where(section.c.id == place.section)
    generation = place.generation + 1
    await tx.execute(made.values(generation=generation))
    return generation


async def _bind_anew(tx: Tx, place: Standing, ids: Mapping[int, int]) -> None:
    of_section = section_client.c.section == place.section
    bound = await tx.rows(select(section_client).where(of_section))
    await tx.execute(update(section_client).where(of_section).values(is_retired=True))
    members = {int(row.client): MemberId(row.member) for row in bound}
    anew = {new: members[old] for old, new in ids.items() if old in members}
    await bind_clients(tx, place.section, anew)


async def open_readings(tx: Tx, section_id: SectionId) -> list[OpenReading]:
    """Return who has a section open just now."""
    rows = await tx.rows(select(open_stretch).where(open_stretch.c.section == section_id))
    return [OpenReading(MemberId(row.member), row.from_seq) for row in rows]


# ---------------------------------------------------------------- that it was


async def add_taken_back(tx: Tx, taken: TakenBack) -> None:
    """Keep that words were taken back, and who had received them."""
    await tx.execute(
        insert(section_taken_back).values(
            id=taken.id,
            room=taken.room,
            section=taken.section,
            taken_by=taken.by,
            taken_at=taken.at,
            generation=taken.generation,
            passages=taken.passages,
        )
    )
    if taken.received:
        await tx.execute(
            insert(section_taken_back_from),
            [{"taken": taken.id, "member": member} for member in taken.received],
        )


async def list_taken_back(
    tx: Tx,
    *,
    since: datetime,
    rooms: Collection[RoomId] | None = None,
    section_id: SectionId | None = None,
) -> list[TakenBack]:
    """Return what was taken back since an instant, of some rooms or one section; newest first."""
    asked = select(section_taken_back).where(section_taken_back.c.taken_at >= since)
    if rooms is not None:
        asked = asked.where(section_taken_back.c.room.in_(sorted(rooms)))
    if section_id is not None:
        asked = asked.where(section_taken_back.c.section == section_id)
    rows = await tx.rows(asked.order_by(section_taken_back.c.taken_at.desc()))
    received = await _received(tx, [row.id for row in rows])
    return [
        TakenBack(
            id=row.id,
            room=RoomId(row.room),
            section=SectionId(row.section),
            by=MemberId(row.taken_by),
            at=row.taken_at,
            generation=row.generation,
            passages=row.passages,
            received=tuple(received.get(row.id, ())),
        )
        for row in rows
    ]


async def _received(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, list[MemberId]]:
    found: dict[UUID, list[MemberId]] = {}
    table = section_taken_back_from
    for row in await tx.rows(select(table).where(table.c.taken.in_(ids))):
        found.setdefault(row.taken, []).append(MemberId(row.member))
    return found
