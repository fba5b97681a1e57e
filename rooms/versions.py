"""Versions of a part of the plan: who wrote when, what changed between two, putting one back.

A version is the words as they stood when somebody paused. It is built from the stored changes
each time, so nothing is kept twice; who may read the part now may read its versions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent import bell, gate
from policies.act import Act
from rooms import change_store, limits, news_store, store
from rooms.comparing import Comparison, compare
from rooms.news import names_of_authors
from rooms.news_store import Touch
from rooms.plan import document_as_html, document_as_text, read_document, words_as_text
from rooms.restoring import make_restoration
from rooms.section import Section
from server.audit import log
from server.audit.entry import Entry
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, NotFound, TooMuch
from server.kernel.ids import RoomId, SectionId

PAUSE = timedelta(minutes=5)
"""Nobody has written for so long: the words as they stood then are a version."""

OTHER_PAUSE = timedelta(seconds=30)
"""After so long somebody else begins a version of her own; before, both write the same one."""

VERSIONS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Version:
    """The words up to one change; `by` are name and organisation of those who wrote for it."""

    seq: int
    first_at: datetime
    last_at: datetime
    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a part, the newest first; those before the change `older` are on other pages."""

    section: Section
    found: tuple[Version, ...]
    older: int


@dataclass(frozen=True, slots=True)
class Read:
    """One version with its words as safe HTML, and what differs from the words as they stand."""

    section: Section
    version: Version
    html: str
    is_now: bool
    may_restore: bool
    since: Comparison


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed from one version to a later one."""

    section: Section
    before: Version
    after: Version
    changes: Comparison


async def list_versions(
    who: Member, room: RoomId, section_id: SectionId, *, upto_seq: int | None = None
) -> Versions:
    """Return versions of a part, the newest first, from a change backwards.

    Raises:
        Refused: `who` may not see the part, or there is none in this room.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        section = await _ask(tx, look, Act.LIST_VERSIONS, section_id)
        most = news_store.MOST_CHANGES
        touches = await news_store.touches_of(tx, section_id, upto_seq=upto_seq, at_most=most)
        groups = list(_groups(touches))
        if len(touches) == most and len(groups) > 1:
            groups = groups[:-1]  # its beginning is not among those that were read
        shown = groups[:VERSIONS_A_PAGE]
        last = shown[-1][-1].seq if shown else 1
        found = await _named(tx, who, shown)
        return Versions(section, tuple(found), last - 1)


async def read_version(who: Member, room: RoomId, section_id: SectionId, seq: int) -> Read:
    """Return the words of a part as they stood after one change.

    Raises:
        Refused: `who` may not see the part, or there is none in this room.
        NotFound: it has no such change.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        section = await _ask(tx, look, Act.READ_VERSION, section_id)
        version = await _version(tx, who, section, seq)
        then = read_document(await _words_at(tx, section, seq))
        now = read_document(await _words_at(tx, section, section.seq))
        held = await look.capability([section.label])
        await log.record(tx, _entry(who, section, "section:version-noted", version=seq))
        return Read(
            section=section,
            version=version,
            html=document_as_html(then),
            is_now=seq == section.seq,
            may_restore=held.allows(Act.EDIT_SECTION, section.id),
            since=compare(document_as_text(then), document_as_text(now)),
        )


async def compare_versions(
    who: Member, room: RoomId, section_id: SectionId, *, from_seq: int, to_seq: int | None
) -> Compared:
    """Return what changed in a part between two changes of it, whichever is named first.

    Without `to_seq`: up to the words as they stand.

    Raises:
        Refused: `who` may not see the part, or there is none in this room.
        NotFound: it has no such changes.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        section = await _ask(tx, look, Act.READ_VERSION, section_id)
        first, last = sorted((from_seq, section.seq if to_seq is None else to_seq))
        before, after = [await _version(tx, who, section, seq) for seq in (first, last)]
        words = [words_as_text(await _words_at(tx, section, seq)) for seq in (first, last)]
        noted = _entry(who, section, "section:version-noted", version=last, since=first)
        await log.record(tx, noted)
        return Compared(section, before, after, compare(*words))


async def restore_version(
    who: Member, room: RoomId, section_id: SectionId, seq: int, *, over_seq: int
) -> None:
    """Put the words of a version back, as a new change that every open screen gets.

    `over_seq` is the last change she knew of when she decided. Pressed twice, the words are put
    back once.

    Raises:
        Refused: `who` may not change the part, or there is none in this room.
        NotFound: it has no such change.
        Conflict: somebody has written since; nothing was changed.
        TooMuch: the part cannot take any more changes.
    """
    async with writing() as tx:
        found, label = await store.find_labelled(tx, room, section_id)
        await gate.require(tx, who, Act.RESTORE_SECTION, label)
        standing = await change_store.hold_section(tx, section_id) if found else None
        if found is None or standing is None or not 1 <= seq <= standing.seq:
            raise NotFound
        now = await _words_at(tx, found, standing.seq)
        made = make_restoration(now, await _words_at(tx, found, seq))
        if made is None:
            return
        if standing.seq != over_seq:
            raise Conflict
        change, client = made
        if sum(map(len, now)) + len(change) > limits.SECTION_BYTES:
            raise TooMuch
        stored = await change_store.append(tx, section_id, room, standing.epoch, [(who.id, change)])
        if stored is None:
            raise Conflict
        await change_store.bind_clients(tx, section_id, {client: who.id})
        await log.record(
            tx, _entry(who, found, "section:restore-noted", version=seq, upto_seq=stored)
        )
        bell.ring(tx, label, bell.What.SECTIONS)


async def _ask(tx: Tx, look: gate.Look, act: Act, section_id: SectionId) -> Section:
    found, label = await store.find_labelled(tx, look.room, section_id)
    await look.require(act, label)
    if found is None:
        raise NotFound
    return found


async def _words_at(tx: Tx, section: Section, seq: int) -> list[bytes]:
    """Return what makes the words as they stood after a change; as they stand, by the snapshot."""
    if seq == section.seq:
        standing = (await change_store.load_words(tx, [section.id]))[section.id]
        if standing.seq == seq:
            return standing.updates()
    changes = await change_store.changes_after(tx, section.id, 0, upto_seq=seq)
    return [change.update for change in changes]


async def _version(tx: Tx, who: Member, section: Section, seq: int) -> Version:
    touches = await news_store.touches_of(tx, section.id, upto_seq=seq)
    if not touches or touches[0].seq != seq:
        raise NotFound
    (version,) = await _named(tx, who, [next(iter(_groups(touches)))])
    return version


async def _named(tx: Tx, who: Member, groups: Sequence[Sequence[Touch]]) -> list[Version]:
    names = await names_of_authors(tx, who, {one.by for group in groups for one in group})
    return [
        Version(
            seq=group[0].seq,
            first_at=min(one.at for one in group),
            last_at=max(one.at for one in group),
            by=tuple(dict.fromkeys(names[one.by] for one in group)),
        )
        for group in groups
    ]


def _groups(touches: Iterable[Touch]) -> Iterable[list[Touch]]:
    """Return changes, the newest first, as versions: each ends where somebody had paused."""
    group: list[Touch] = []
    for touch in touches:
        if group and _parts(touch, group):
            yield group
            group = []
        group.append(touch)
    if group:
        yield group


def _parts(earlier: Touch, group: Sequence[Touch]) -> bool:
    quiet = group[-1].at - earlier.at
    known = {one.by for one in group[-50:]}
    return quiet > PAUSE or (quiet > OTHER_PAUSE and earlier.by not in known)


def _entry(who: Member, section: Section, kind: str, **seqs: int) -> Entry:
    return Entry(
        kind=kind,
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=section.room,
        thing=section.id,
        details=dict(seqs),
    )
