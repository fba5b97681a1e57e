"""Reading the log: entries for people, newest first, and places for the verifier, in order."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text

from server.audit import details, pseudonyms
from server.audit.entry import Leaf
from server.audit.tables import (
    audit_checkpoint,
    audit_detail,
    audit_entry,
    audit_leaf,
    audit_outbox,
)
from server.audit.verify import Place
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, EntryId, MemberId, RoomId, read_id
from server.keys.kms import SealBroken

PAGE_SIZE = 50
COUNTED_AT_MOST = 10_000
"""A total above this is only said to be more than it."""

_PLACES_AT_ONCE = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAF_FROM = 3  # in a row of places: number, leaf hash and hash of the place come first
_LEAF_COLUMNS = tuple(audit_entry.c[name] for name in Leaf.__slots__)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for. `since` is included, `until` is not.

    Nothing of the rooms or by the members left out is found, nor counted.
    """

    member: MemberId | None = None
    room: RoomId | None = None
    agency: AgencyCode | None = None
    kind: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    without_rooms: frozenset[RoomId] = frozenset()
    without_members: frozenset[MemberId] = frozenset()


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry as it is shown.

    Who, agency and room are None where the entry names none or the pseudonym is erased.
    `details` is None where they are erased, and `broken` where they were changed since.
    `seq` is its number in the log, None until it is put in order (within a second).
    """

    id: EntryId
    seq: int | None
    at: datetime
    kind: str
    outcome: str
    who: MemberId | None
    agency: AgencyCode | None
    room: RoomId | None
    thing: UUID | None
    purpose: str | None
    count: int
    details: Mapping[str, Any] | None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of entries. `total` stops at `COUNTED_AT_MOST`; `further` asks for the next page."""

    entries: Sequence[SeenEntry]
    total: int
    is_more: bool
    further: str | None


async def find_entries(
    tx: Tx, sought: Filter, page: str | None = None, size: int = PAGE_SIZE
) -> Page:
    """Return entries, newest first; `page` is what the page before gave as `further`.

    Raises:
        NotFound: `page` is nothing we gave.
    """
    where = await _conditions(tx, sought)
    if where is None:
        return Page((), 0, is_more=False, further=None)
    counted = select(audit_entry.c.id).where(*where).limit(COUNTED_AT_MOST + 1).subquery()
    total = await tx.scalar(select(func.count()).select_from(counted))
    if page is not None:
        where = [*where, _older_than(page)]
    rows = await tx.rows(
        _entries().where(*where).order_by(audit_entry.c.at_ms.desc(), audit_entry.c.id.desc())
        .limit(size + 1)
    )  # fmt: skip
    shown = rows[:size]
    return Page(
        await _seen(tx, shown),
        min(total, COUNTED_AT_MOST),
        is_more=total > COUNTED_AT_MOST,
        further=f"{shown[-1].at_ms}.{shown[-1].id.hex()}" if len(rows) > size else None,
    )


async def all_entries(tx: Tx, sought: Filter) -> AsyncIterator[SeenEntry]:
    """Yield every entry asked for, newest first, for an export."""
    where = await _conditions(tx, sought)
    newest = (audit_entry.c.at_ms.desc(), audit_entry.c.id.desc())
    older: list[ColumnElement[bool]] = []
    while where is not None:
        query = _entries().where(*where, *older).order_by(*newest).limit(PAGE_SIZE)
        rows = await tx.rows(query)
        for entry in await _seen(tx, rows):
            yield entry
        if len(rows) < PAGE_SIZE:
            return
        older = [_older_than(f"{rows[-1].at_ms}.{rows[-1].id.hex()}")]


async def entries_of_room(
    tx: Tx,
    room: RoomId,
    kinds: Iterable[str],
    *,
    since: datetime,
    at_most: int,
    outcome: str = "allowed",
) -> list[SeenEntry]:
    """Return what was allowed (or noted) in a room since then, of some kinds, newest first."""
    where = await _conditions(tx, Filter(room=room, outcome=outcome, since=since))
    if where is None:
        return []
    newest = (audit_entry.c.at_ms.desc(), audit_entry.c.id.desc())
    wanted = _entries().where(*where, audit_entry.c.kind.in_(sorted(kinds)))
    return await _seen(tx, await tx.rows(wanted.order_by(*newest).limit(at_most)))


async def kinds(tx: Tx) -> list[str]:
    """Return every kind of entry that there is, in order, for a filter's choices."""
    query = select(audit_entry.c.kind).distinct().order_by(audit_entry.c.kind)
    return [row.kind for row in await tx.rows(query)]


async def places(tx: Tx, since: int, until: int) -> AsyncIterator[Place]:
    """Yield the places from `since` up to and not including `until`, in order.

    Each leaf is made anew from its entry's row, so that a change of any column shows.
    """
    columns = (audit_leaf.c.seq, audit_leaf.c.leaf_hash, audit_leaf.c.placed, *_LEAF_COLUMNS)
    query = (
        select(*columns)
        .select_from(audit_leaf.outerjoin(audit_entry, audit_entry.c.id == audit_leaf.c.entry_id))
        .order_by(audit_leaf.c.seq)
    )
    while since < until:
        upto = min(since + _PLACES_AT_ONCE, until)
        rows = await tx.rows(query.where(audit_leaf.c.seq >= since, audit_leaf.c.seq < upto))
        for row in rows:
            yield Place(row.seq, _leaf_bytes(row), row.leaf_hash, row.placed)
        since = upto


async def checkpoints(tx: Tx) -> Sequence[Row[Any]]:
    """Return every checkpoint kept (tree_size, root, text, at), the smallest first."""
    return await tx.rows(select(audit_checkpoint).order_by(audit_checkpoint.c.tree_size))


async def last_checkpoint(tx: Tx) -> Row[Any] | None:
    """Return the newest checkpoint, or None."""
    newest = audit_checkpoint.c.tree_size.desc()
    return await tx.first(select(audit_checkpoint).order_by(newest).limit(1))


async def find_checkpoint(tx: Tx, size: int) -> Row[Any] | None:
    """Return the checkpoint of the first `size` entries, or None."""
    return await tx.first(select(audit_checkpoint).where(audit_checkpoint.c.tree_size == size))


async def counts(tx: Tx) -> tuple[int, int, int]:
    """Return how many entries, leaves and waiting entries there are, of one moment."""
    entries, leaves = (
        select(func.count()).select_from(table).scalar_subquery()
        for table in (audit_entry, audit_leaf)
    )
    waiting = (
        select(func.count())
        .select_from(audit_outbox.join(audit_entry, audit_entry.c.id == audit_outbox.c.entry_id))
        .scalar_subquery()
    )
    query = select(entries.label("kept"), leaves.label("leaves"), waiting.label("waiting"))
    row = (await tx.execute(query)).one()
    return row.kept, row.leaves, row.waiting


async def outbox_age(tx: Tx) -> int:
    """Return for how many seconds the oldest entry has waited to be put in order; 0 if none has.

    Above 10 s somebody has to look: entries in order and signed are safe, waiting ones are not.
    """
    now = "unixepoch()" if tx.dialect == "sqlite" else "extract(epoch FROM clock_timestamp())"
    query = select(text(f"CAST({now} - min(put_at_s) AS integer)")).select_from(audit_outbox)
    return max(int(await tx.scalar(query) or 0), 0)


async def first_broken_details(tx: Tx) -> int | None:
    """Return the number of the first entry whose details are not those it was made with.

    Erased details break nothing: that is what erasure is for.
    """
    since = -1
    while True:
        batch = _entries().where(audit_leaf.c.seq > since).order_by(audit_leaf.c.seq)
        rows = await tx.rows(batch.limit(_PLACES_AT_ONCE))
        for row in rows:
            since = int(row.seq)
            if (await _open(tx, row))[1]:
                return since
        if not rows:
            return None


def _leaf_bytes(row: Row[Any]) -> bytes | None:
    try:
        return Leaf(*tuple(row)[_LEAF_FROM:]).in_bytes()
    except (AttributeError, TypeError, ValueError):  # a row that cannot have been written by us
        return None


def _entries() -> Select[Any]:
    """Return the query of entries with their number and sealed details, where they have them."""
    return select(
        *_LEAF_COLUMNS, audit_leaf.c.seq, audit_detail.c.sealed, audit_detail.c.sealed_in_room
    ).select_from(
        audit_entry.outerjoin(audit_leaf, audit_leaf.c.entry_id == audit_entry.c.id).outerjoin(
            audit_detail, audit_detail.c.entry_id == audit_entry.c.id
        )
    )


async def _conditions(tx: Tx, sought: Filter) -> list[ColumnElement[bool]] | None:
    """Return what the entries must fulfil, or None where nothing can."""
    named: dict[str, pseudonyms.Named] = {}
    if sought.member is not None:
        named["actor"] = ("member", sought.member.hex)
    if sought.room is not None:
        named["room"] = ("room", sought.room.hex)
    if sought.agency is not None:
        named["agency"] = ("agency", sought.agency)
    known = await pseudonyms.find(tx, named.values()) if named else {}
    if len(known) < len(named):
        return None
    where = [audit_entry.c[column] == known[name] for column, name in named.items()]
    if sought.kind is not None:
        where.append(audit_entry.c.kind == sought.kind)
    if sought.outcome is not None:
        where.append(audit_entry.c.outcome == sought.outcome)
    if sought.since is not None:
        where.append(audit_entry.c.at_ms >= _ms(sought.since))
    if sought.until is not None:
        where.append(audit_entry.c.at_ms < _ms(sought.until))
    return [*where, *await _left_out(tx, sought)]


async def _left_out(tx: Tx, sought: Filter) -> list[ColumnElement[bool]]:
    """Return what keeps out every entry of some rooms, and every one by some members."""
    kept_out: dict[str, list[pseudonyms.Named]] = {
        "room": [("room", one.hex) for one in sorted(sought.without_rooms)],
        "actor": [("member", one.hex) for one in sorted(sought.without_members)],
    }
    where = []
    for column, named in kept_out.items():
        if named:
            known = (await pseudonyms.find(tx, named)).values()
            where.append(
                or_(audit_entry.c[column].is_(None), audit_entry.c[column].not_in(sorted(known)))
            )
    return where


def _ms(instant: datetime) -> int:
    """Return milliseconds since 1970, rounded up: an entry's are rounded down."""
    return -((_EPOCH - instant) // timedelta(milliseconds=1))


def _older_than(page: str) -> ColumnElement[bool]:
    at_ms, _, last = page.partition(".")
    if not (at_ms.isascii() and at_ms.isdecimal()) or len(at_ms) > len(str(2**62)):
        raise NotFound
    before, last_id = int(at_ms), read_id(last).bytes
    return or_(
        audit_entry.c.at_ms < before,
        and_(audit_entry.c.at_ms == before, audit_entry.c.id < last_id),
    )


async def _seen(tx: Tx, rows: Sequence[Row[Any]]) -> list[SeenEntry]:
    named = {name for row in rows for name in (row.actor, row.agency, row.room) if name}
    real = await pseudonyms.who_is(tx, named)
    return [await _seen_entry(tx, row, real) for row in rows]


async def _seen_entry(tx: Tx, row: Row[Any], real: Mapping[bytes, str]) -> SeenEntry:
    who, agency, room = (real.get(name) for name in (row.actor, row.agency, row.room))
    opened, broken = await _open(tx, row)
    return SeenEntry(
        id=EntryId(UUID(bytes=row.id)),
        seq=row.seq,
        at=_EPOCH + timedelta(milliseconds=row.at_ms),
        kind=row.kind,
        outcome=row.outcome,
        who=None if who is None else MemberId(UUID(hex=who)),
        agency=None if agency is None else AgencyCode(agency),
        room=None if room is None else RoomId(UUID(hex=room)),
        thing=None if row.thing is None else UUID(bytes=row.thing),
        purpose=row.purpose,
        count=row._mapping["count"],  # its public name; `row.count` is a method
        details=opened,
        broken=broken,
    )


async def _open(tx: Tx, row: Row[Any]) -> tuple[Mapping[str, Any] | None, bool]:
    """Return an entry's details, None where they are erased, and whether they are broken."""
    if row.sealed is None:
        return None, False
    room = None if row.sealed_in_room is None else RoomId(UUID(bytes=row.sealed_in_room))
    try:
        opened = await details.unseal(tx, room, row.id, row.sealed, commitment=row.commitment)
    except SealBroken:
        return None, True
    return opened, False
