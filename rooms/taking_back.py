"""Wrong place: an author takes words of hers back from a part, its history and all screens at once.

Every stored change is written anew without them, under other client ids, so that no older
document can bring them back. The log keeps that it happened and who had received them, never the
words; the lead and the information governance officer are told.

Rule: ADR-0019. UK GDPR Art 5(1)(f), Art 33 (who had received them is the first question).
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from consent import bell, gate
from consent.keeper import Keepers, change_access, hold_access
from policies.act import Act
from policies.facts import Kind, Label, label_of_house, label_of_room
from rooms import change_store, store, taken_back_store
from rooms.change_store import Standing
from rooms.news import names_of_authors
from rooms.passages import ByClient, Passage, Row, passages_of, taken_with_copies
from rooms.receiving import who_received
from rooms.restoring import make_tidying
from rooms.section import Section
from rooms.structs import clients_in, read_parts, rewrite, write_parts
from rooms.taken_back_store import Kept, TakenBack
from rooms.update import BadUpdate
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Role
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import RoomId, SectionId, new_id

TOLD_FOR = timedelta(days=28)
"""For so long the lead and the officer have it on their first page."""

CLIENT_IDS = 2**32
"""The editor's own client ids are whole numbers below this."""

Name = tuple[str, str]
"""Name and organisation of somebody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A part, what its reader wrote in it, and of what she chose, who has received it."""

    section: Section
    passages: tuple[Passage, ...]
    chosen: tuple[Passage, ...] = ()
    received: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """That words were taken back, for those who are told: where, when, by whom, who had them."""

    taken: TakenBack
    reference: str
    by: Name
    received: tuple[Name, ...]
    heading: str = ""


async def words_of_mine(
    who: Member, room: RoomId, section_id: SectionId, *, chosen: Collection[str] = ()
) -> Asked:
    """Return what she wrote in a part, and who has received what she chose of it.

    Raises:
        Refused: `who` may not change the part, or there is none in this room.
        Invalid: some were asked about, and none of them is hers.
    """
    async with writing() as tx:
        section, _ = await _ask(tx, who, Act.PREPARE_TAKE_BACK, room, section_id)
        (place,) = await change_store.standings(tx, [section_id])
        _, _, passages = await _read(tx, who, place)
        if not chosen:
            return Asked(section, tuple(passages))
        wanted = _chosen(passages, chosen)
        received = await who_received(tx, section, wanted, but=who.id)
        names = await names_of_authors(tx, who, set(received))
        return Asked(
            section, tuple(passages), tuple(wanted), tuple(sorted(names[one] for one in received))
        )


async def take_back(
    who: Member, room: RoomId, section_id: SectionId, *, chosen: Collection[str], keepers: Keepers
) -> UUID:
    """Take passages of hers back; return under which id that is kept.

    Raises:
        Refused: `who` may not change the part, or there is none in this room.
        Invalid: none of them is hers, or they were taken back already.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        section, label = await _ask(tx, who, Act.TAKE_BACK, room, section_id)
        # From here on nothing asked about before is stored, and no row of the room changes.
        epoch = await change_access(tx, room, keepers)
        (place,) = await change_store.standings(tx, [section_id])
        kept, rows, passages = await _read(tx, who, place)
        wanted = _chosen(passages, chosen)
        received = await who_received(tx, section, wanted, but=who.id)
        generation = await _write_anew(tx, place, rows, taken_with_copies(rows, wanted))
        await _tidy(tx, who, place, kept, epoch=epoch)
        taken = TakenBack(
            id=new_id(),
            room=room,
            section=section_id,
            by=who.id,
            at=tx.at,
            generation=generation,
            passages=len(wanted),
            received=tuple(received),
        )
        await taken_back_store.add_taken_back(tx, taken)
        await log.record(tx, _entry(who, taken))
        bell.ring(tx, label, bell.What.TAKEN_BACK)
        return taken.id


async def taken_back(who: Member, room: RoomId, section_id: SectionId, taken: UUID) -> Told:
    """Return what she took back just now, and who had received it.

    Raises:
        Refused: `who` may not change the part, or there is none in this room.
        NotFound: she took nothing back there under this id.
    """
    async with writing() as tx:
        await _ask(tx, who, Act.PREPARE_TAKE_BACK, room, section_id)
        found = await taken_back_store.list_taken_back(
            tx, since=tx.at - TOLD_FOR, section_id=section_id
        )
        own = [one for one in found if (one.id, one.by) == (taken, who.id)]
        if not own:
            raise NotFound
        (told,) = await _told(tx, who, own)
        return told


async def list_at_desk(who: Member) -> Sequence[Told]:
    """Return where words were taken back lately, to who looks after the log, newest first.

    Raises:
        Refused: her office does not.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_TAKEN_BACK, label_of_house(Kind.AUDIT))
        since = tx.at - TOLD_FOR
        return await _told(tx, who, await taken_back_store.list_taken_back(tx, since=since))


async def list_for_lead(who: Member) -> Sequence[Told]:
    """Return where words were taken back lately in the rooms that she leads, newest first.

    The heading of a part stands there only if she may know of it.
    """
    async with writing() as tx:
        seats = await directory.seats_of(tx, who.id)
        led = {seat.room for seat in seats if seat.role is Role.LEAD_PROFESSIONAL}
        since = tx.at - TOLD_FOR
        found = await taken_back_store.list_taken_back(tx, since=since, rooms=led) if led else []
        own = [one for one in found if one.by != who.id]
        if not own:
            return ()
        rooms = [label_of_room(room) for room in sorted({one.room for one in own})]
        open_rooms = {one.thing for one in await gate.sift(tx, who, Act.VIEW_ROOM, rooms)}
        return await _told(tx, who, [one for one in own if one.room in open_rooms])


async def _ask(
    tx: Tx, who: Member, act: Act, room: RoomId, section_id: SectionId
) -> tuple[Section, Label]:
    found, label = await store.find_labelled(tx, room, section_id)
    await gate.require(tx, who, act, label)
    if found is None:
        raise NotFound
    return found, label


async def _read(
    tx: Tx, who: Member, place: Standing
) -> tuple[list[Kept], list[Row], list[Passage]]:
    kept = await taken_back_store.all_changes(tx, place)
    rows = [row for one in kept if (row := _row(one)) is not None]
    clients = await change_store.clients_of(tx, place.section)
    own = {client for client, member in clients.items() if member == who.id}
    return kept, rows, passages_of(rows, own)


def _row(one: Kept) -> Row | None:
    try:
        return Row(one.seq, one.at, read_parts(one.update))
    except BadUpdate:
        if one.is_set_aside:
            return None  # nobody reads it; it is deleted rather than kept with the words in it
        raise


def _chosen(passages: Sequence[Passage], chosen: Collection[str]) -> list[Passage]:
    wanted = [one for one in passages if one.id in chosen]
    if not wanted:
        raise Invalid({"passages": "Choose the words that you want to take back"})
    return wanted


async def _write_anew(tx: Tx, place: Standing, rows: Sequence[Row], taken: ByClient) -> int:
    snapshot = await taken_back_store.snapshot_of(tx, place)
    held = read_parts(snapshot[1]) if snapshot is not None else None
    parts = [row.parts for row in rows] + ([held] if held is not None else [])
    ids = _new_ids({client for one in parts for client in clients_in(one)})
    anew = {row.seq: write_parts(rewrite(row.parts, ids=ids, taken=taken)) for row in rows}
    snapshot_anew = None
    if snapshot is not None and held is not None:
        snapshot_anew = snapshot[0], write_parts(rewrite(held, ids=ids, taken=taken))
    return await taken_back_store.write_anew(
        tx, place, changes=anew, snapshot=snapshot_anew, ids=ids
    )


def _new_ids(clients: Collection[int]) -> Mapping[int, int]:
    """Return a new id for each client id, in the same order: it settles who stands first."""
    made: set[int] = set()
    while len(made) < len(clients):
        made.add(secrets.randbelow(CLIENT_IDS))
    return dict(zip(sorted(clients), sorted(made), strict=True))


async def _tidy(
    tx: Tx, who: Member, place: Standing, before: Sequence[Kept], *, epoch: int
) -> None:
    """Take out the lines that were left empty, as a change of hers like any other."""
    old = [one.update for one in before if not one.is_set_aside]
    now = [change.update for change in await change_store.changes_after(tx, place.section, 0)]
    change = make_tidying(old, now)
    if change is not None:
        await change_store.append(tx, place.section, place.room, epoch, [(who.id, change)])


async def _told(tx: Tx, who: Member, found: Sequence[TakenBack]) -> list[Told]:
    ids = {one.by for one in found} | {member for one in found for member in one.received}
    names = await names_of_authors(tx, who, ids)
    teams = await directory.find_teams(tx, {one.room for one in found})
    sections = await store.find_sections(tx, {one.section for one in found})
    labels = [one.label for one in sections.values()]
    may_know = {one.thing for one in await gate.sift(tx, who, Act.LIST_SECTIONS, labels)}
    return [
        Told(
            taken=one,
            reference=teams[one.room].reference,
            by=names[one.by],
            received=tuple(sorted(names[member] for member in one.received)),
            heading=sections[one.section].heading if one.section in may_know else "",
        )
        for one in found
    ]


def _entry(who: Member, taken: TakenBack) -> Entry:
    return Entry(
        kind="section:take-back-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=taken.room,
        thing=taken.section,
        details={
            "taken": taken.id.hex,
            "passages": taken.passages,
            "generation": taken.generation,
            "received": [member.hex for member in taken.received],
        },
    )
