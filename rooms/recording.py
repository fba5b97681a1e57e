"""The log of what happens live: a stretch of reading or writing has one entry at each end.

Typing is not recorded key by key. The first change of a stretch is stored together with
`section:edit-began`; when it ends (30 s of quiet, leaving, 5 minutes) `section:edited` says which
changes it was and the hash of their bytes. Reading begins with `section:opened`, from the gate,
and ends with `section:delivered`. What a dead server left open is closed for it, as assumed.

Rule: ADR-0009.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from rooms import change_store, stretch_store
from rooms.live import Hub, LiveSection, OpenSection, Stretch, StretchKind, now
from server.audit import log
from server.audit.entry import Entry
from server.kernel.database import Tx, writing
from server.kernel.ids import AgencyCode, MemberId, RoomId, SectionId

QUIET_S = 30.0
LONGEST_S = 300.0


def new_stretch(kind: StretchKind, opened: OpenSection, tx: Tx) -> Stretch:
    """Return a stretch that begins now; its row is written in the same transaction."""
    live = opened.section
    begins = now()
    return Stretch(
        kind=kind,
        section=live.id,
        room=live.room,
        who=opened.connection.member,
        from_seq=live.seq + (kind is StretchKind.WRITING),
        since=tx.at,
        began_at=begins,
        last_at=begins,
    )


def end_reading(hub: Hub, opened: OpenSection) -> None:
    """Have the end of the reading recorded, with what was delivered until now."""
    if opened.reading is not None:
        opened.reading.upto_seq = opened.section.seq
        hub.ended.append(opened.reading)
        opened.reading = None


def end_writing(hub: Hub, live: LiveSection, member: MemberId) -> None:
    """Have the end of a member's writing recorded, if she was writing."""
    ended = live.writing.pop(member, None)
    if ended is not None:
        hub.ended.append(ended)


def end_quiet_writing(hub: Hub) -> None:
    """End the writing of all who typed nothing for a while, or have been typing for long."""
    at = now()
    for live in hub.sections.values():
        for member, stretch in list(live.writing.items()):
            if at - stretch.last_at >= QUIET_S or at - stretch.began_at >= LONGEST_S:
                end_writing(hub, live, member)


async def record_ended(hub: Hub) -> None:
    """Record the ends of all stretches that have ended; what cannot be recorded stays to be."""
    ended, hub.ended = hub.ended, []
    if not ended:
        return
    try:
        async with writing() as tx:
            still_open = await stretch_store.remove_stretches(tx, [one.id for one in ended])
            await _record(tx, [_entry(one) for one in ended if one.id in still_open])
    except BaseException:
        hub.ended[:0] = ended
        raise


async def close_dead_stretches(hub: Hub) -> int:
    """Record, as assumed, the ends of what servers that died had left open; return how many."""
    async with writing() as tx:
        dead = await stretch_store.take_dead_stretches(tx, hub.id)
        await _record(tx, [await _assumed(tx, row) for row in dead])
    return len(dead)


async def _record(tx: Tx, entries: Iterable[Entry]) -> None:
    found = list(entries)
    if found:
        await log.record(tx, *found)


def _entry(ended: Stretch) -> Entry:
    is_writing = ended.kind is StretchKind.WRITING
    details: dict[str, Any] = {"from_seq": ended.from_seq, "upto_seq": ended.upto_seq}
    if is_writing:
        details |= {"count": ended.count, "sha256": ended.digest.hexdigest()}
    return Entry(
        kind="section:edited" if is_writing else "section:delivered",
        outcome="noted",
        who=ended.who.id,
        agency=ended.who.agency,
        room=ended.room,
        thing=ended.section,
        details=details,
    )


async def _assumed(tx: Tx, row: Row[Any]) -> Entry:
    is_writing = row.kind == StretchKind.WRITING
    details: dict[str, Any] = {"from_seq": row.from_seq, "upto_seq": row.seq, "assumed": True}
    if is_writing:
        details |= await _written(tx, row)
    return Entry(
        kind="section:edited" if is_writing else "section:delivered",
        outcome="noted",
        who=MemberId(row.member),
        agency=AgencyCode(row.agency),
        room=RoomId(row.room),
        thing=row.section,
        details=details,
    )


async def _written(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    changes = await change_store.changes_after(tx, SectionId(row.section), row.from_seq - 1)
    own = [change for change in changes if change.member == row.member]
    digest = hashlib.sha256()
    for change in own:
        digest.update(change.update)
    upto = own[-1].seq if own else row.from_seq
    return {"upto_seq": upto, "count": len(own), "sha256": digest.hexdigest()}
