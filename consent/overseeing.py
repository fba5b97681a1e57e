"""The information governance officer's look at the log: search, export, and is it whole.

Each look is itself an entry. Nothing here shows a family's words: the log holds none.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from consent import gate
from consent.store import protections
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.audit import checking, log, search
from server.audit.entry import Entry
from server.audit.search import Filter, SeenEntry
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import Member, Practitioner
from server.directory.team import FAMILY_ROLES, Seat
from server.kernel.clock import LONDON, london_instant
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, MemberId, RoomId

CSV_COLUMNS = (
    "number", "time", "what", "outcome", "times", "who", "organisation", "room", "purpose",
    "clause", "lawful basis", "condition", "ground", "agreed", "decision", "reason", "factors",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CODE = re.compile("[a-z:_-]{1,64}")
_LABEL = label_of_house(Kind.AUDIT)


@dataclass(frozen=True, slots=True)
class Sought:
    """What the officer looks for; a field left out asks for everything.

    `room` is the four-character reference; both days are London days and included.
    """

    member: MemberId | None = None
    room: str = ""
    agency: AgencyCode | None = None
    kind: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ShownFactor:
    """One of the four factors as it was at the time, in words."""

    name: str
    holds: bool
    words: str
    clause: str | None
    lawful_basis: str | None
    on: str | None


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry of the log as the officer sees it. What is erased is empty."""

    number: int | None
    at: datetime
    kind: str
    outcome: str
    times: int
    who: str
    agency: str
    room: str
    purpose: str
    clause: str
    lawful_basis: str
    condition: str
    ground: str
    agreed: str
    decision: str
    why: str
    factors: tuple[ShownFactor, ...]
    count: int | None
    is_erased: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first. `further` asks for the next one."""

    entries: tuple[ShownEntry, ...]
    total: int
    is_more: bool
    further: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    kinds: tuple[str, ...]
    agencies: Mapping[AgencyCode, str]
    members: tuple[Practitioner, ...]


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Whether the log is whole, in one sentence."""

    is_whole: bool
    sentence: str
    entries: int
    waiting: int
    checked_at: datetime


async def search_log(
    who: Member, sought: Sought, *, page: str | None = None
) -> tuple[LogPage, Choices]:
    """Return a page of the log, and what its filters offer; the look is recorded.

    Raises:
        Refused: `who` is no information governance officer.
        Invalid: the room's reference is unknown, or the days stand the wrong way round.
        NotFound: `page` is nothing that a page gave.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.SEARCH_LOG, _LABEL)
        wanted = await _filter(tx, who, sought)
        found = await search.find_entries(tx, wanted, page)
        await _record_what_was_sought(tx, who, sought, shown=len(found.entries))
        shown = LogPage(
            entries=tuple(await _shown(tx, found.entries)),
            total=found.total,
            is_more=found.is_more,
            further=found.further,
        )
        return shown, await _choices(tx)


async def export_log(who: Member, sought: Sought) -> AsyncIterator[str]:
    """Return the lines of a CSV of everything sought, after the export is recorded.

    No cell can be read as a formula by a spreadsheet.

    Raises:
        Refused: `who` is no information governance officer.
        Invalid: as for a search.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.EXPORT_LOG, _LABEL)
        wanted = await _filter(tx, who, sought)
        await _record_what_was_sought(tx, who, sought, shown=None)
    return _lines(wanted)


async def check_log(who: Member) -> LogCheck:
    """Check every entry of the log against its signed checkpoints; the check is recorded.

    Raises:
        Refused: `who` is no information governance officer.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.CHECK_LOG, _LABEL)
        checked_at = tx.at
    async with reading() as tx:
        verdict = await checking.check_log(tx)
        broken = None if verdict.fault else await checking.check_details(tx)
    fault = verdict.fault or broken
    if fault is None:
        sentence = f"The log is whole: {verdict.entries:,} entries, none missing and none changed."
    else:
        sentence = f"The log is not whole: {fault.words}."
    return LogCheck(
        is_whole=fault is None,
        sentence=sentence,
        entries=verdict.entries,
        waiting=verdict.waiting or 0,
        checked_at=checked_at,
    )


async def _filter(tx: Tx, who: Member, sought: Sought) -> Filter:
    """Return what is sought as the log is asked for it.

    Rule: ADR-0016: to an officer who has a conflict with a room, its log is that of a room that
    does not exist, in lists, counts and files; so is what its family does elsewhere.
    """
    closed = await protections.rooms_closed_to(tx, who.id)
    room: RoomId | None = None
    faults: dict[str, str] = {}
    if sought.room:
        team = await directory.find_team_by_reference(tx, sought.room.strip().upper())
        if team is None or team.id in closed:
            faults["room"] = "Enter the four letters and digits of a room"
        else:
            room = team.id
    for field, code in (("kind", sought.kind), ("outcome", sought.outcome)):
        # What was sought is itself recorded: no words of a family may come into the log by it.
        if code and not _CODE.fullmatch(code):
            faults[field] = "Choose from the list"
    if sought.agency and not _CODE.fullmatch(sought.agency):
        faults["agency"] = "Choose from the list"
    if sought.since and sought.until and sought.until < sought.since:
        faults["until"] = "Enter a last day after the first"
    if faults:
        raise Invalid(faults)
    return Filter(
        member=sought.member,
        room=room,
        agency=sought.agency,
        kind=sought.kind or None,
        outcome=sought.outcome or None,
        since=london_instant(sought.since) if sought.since else None,
        until=london_instant(sought.until + timedelta(days=1)) if sought.until else None,
        without_rooms=frozenset(closed),
        without_members=frozenset([seat.member async for seat in _family_seats(tx, closed)]),
    )


async def _family_seats(tx: Tx, rooms: Iterable[RoomId]) -> AsyncIterator[Seat]:
    for room in rooms:
        for seat in await directory.list_seats(tx, room):
            if seat.role in FAMILY_ROLES:
                yield seat


async def _record_what_was_sought(
    tx: Tx, who: Member, sought: Sought, *, shown: int | None
) -> None:
    """Keep what was looked for beside the look, so that an officer's own looks can be checked."""
    entry = Entry(
        kind="log:filter-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        purpose="ig_audit",
        details={
            "member": sought.member.hex if sought.member else None,
            "room": sought.room or None,
            "agency": sought.agency,
            "kind": sought.kind or None,
            "outcome": sought.outcome or None,
            "since": sought.since.isoformat() if sought.since else None,
            "until": sought.until.isoformat() if sought.until else None,
            "count": shown,
        },
    )
    await log.record(tx, entry)


async def _choices(tx: Tx) -> Choices:
    agencies = await directory.list_agencies(tx)
    members: list[Practitioner] = []
    for agency in agencies:
        members += await directory.list_members(tx, agency.code)
    return Choices(
        kinds=tuple(await search.kinds(tx)),
        agencies={agency.code: agency.name for agency in agencies},
        members=tuple(members),
    )


async def _lines(wanted: Filter) -> AsyncIterator[str]:
    yield _csv(CSV_COLUMNS)
    async with reading() as tx:
        async for entry in search.all_entries(tx, wanted):
            for shown in await _shown(tx, [entry]):
                yield _csv(_cells(shown))


def _cells(entry: ShownEntry) -> tuple[str, ...]:
    factors = "; ".join(
        f"{factor.name}: {'yes' if factor.holds else 'no'}, {factor.words}"
        for factor in entry.factors
    )
    return (
        "" if entry.number is None else str(entry.number),
        entry.at.astimezone(LONDON).isoformat(timespec="seconds"),
        entry.kind,
        entry.outcome,
        str(entry.times),
        entry.who,
        entry.agency,
        entry.room,
        entry.purpose,
        entry.clause,
        entry.lawful_basis,
        entry.condition,
        entry.ground,
        entry.agreed,
        entry.decision,
        entry.why,
        factors,
    )


def _csv(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(safe_cell(cell) for cell in cells)
    return written.getvalue()


def safe_cell(words: str) -> str:
    """Return a cell that no spreadsheet reads as a formula.

    Rule: OWASP, CSV injection: a cell that begins with one of these signs gets an apostrophe.
    """
    return f"'{words}" if words.lstrip(" ").startswith(_FORMULA) or words[:1] in _FORMULA else words


async def _shown(tx: Tx, entries: Iterable[SeenEntry]) -> list[ShownEntry]:
    seen = list(entries)
    members = await directory.find_members(tx, {one.who for one in seen if one.who})
    teams = await directory.find_teams(tx, {one.room for one in seen if one.room})
    agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
    agencies[FAMILY] = "Family"
    return [
        _shown_entry(
            one,
            who=members[one.who].name if one.who in members else "",
            agency=agencies.get(one.agency, str(one.agency)) if one.agency else "",
            room=teams[one.room].reference if one.room in teams else "",
        )
        for one in seen
    ]


def _shown_entry(entry: SeenEntry, *, who: str, agency: str, room: str) -> ShownEntry:
    details: Mapping[str, Any] = entry.details or {}
    agreed = ", ".join(
        f"{UUID(hex=one['id'])} version {one['version']}" for one in details.get("consent") or ()
    )
    return ShownEntry(
        number=entry.seq,
        at=entry.at,
        kind=entry.kind,
        outcome=entry.outcome,
        times=entry.count,
        who=who,
        agency=agency,
        room=room,
        purpose=entry.purpose or "",
        clause=details.get("clause") or _clauses(details),
        lawful_basis=details.get("lawful_basis") or "",
        condition=details.get("condition") or "",
        ground=details.get("ground") or "",
        agreed=agreed,
        decision=details.get("sharing_decision") or "",
        why=details.get("why") or "",
        factors=tuple(
            ShownFactor(
                name=one["name"],
                holds=one["holds"],
                words=one["words"],
                clause=one["clause"],
                lawful_basis=one["lawful_basis"],
                on=one["on"],
            )
            for one in details.get("factors") or ()
        ),
        count=details.get("count"),
        is_erased=entry.details is None and not entry.broken,
        is_changed=entry.broken,
    )


def _clauses(details: Mapping[str, Any]) -> str:
    return ", ".join(
        sorted({one["clause"] for one in details.get("clauses") or () if one["clause"]})
    )
