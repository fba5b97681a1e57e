"""Every query on sections, their headings and labels. Headings are sealed and opened here.

`get_` raises NotFound, `find_` gives None. Rows of several sections are always locked in the
order of their ids: two writers who lock in different orders wait for each other.

Rule: ADR-0003 (lock order).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from policies.facts import Label
from policies.label_rows import Kept, LabelRows
from rooms.change_store import Change, about, bind_clients, insert_changes
from rooms.plan import make_first_update
from rooms.section import Heading, Section
from rooms.tables import (
    section,
    section_category,
    section_client,
    section_history,
    section_named,
    section_objection,
    section_origin,
    section_read,
    section_shown_to,
    section_snapshot,
    section_subject,
    section_taken_back,
    section_taken_back_from,
    section_update,
)
from server.directory import store as directory
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import MemberId, RoomId, SectionId
from server.keys import room_keys

_LABELS = LabelRows(
    "section",
    categories=section_category.c.category,
    origins=section_origin.c.agency,
    subjects=section_subject.c.person,
    named=section_named.c.member,
    shown_to=section_shown_to.c.member,
)
_OF_ROOM = select(section).where(section.c.room == bindparam("of_room"))
_WITH_CATEGORY = _OF_ROOM.join(section_category, section_category.c.section == section.c.id).where(
    section_category.c.category == bindparam("of_category")
)
_CONTENT_TABLES = (
    section_update,
    section_history,
    section_snapshot,
    section_client,
    section_read,
    section_objection,
    section_taken_back,
)


# ---------------------------------------------------------------- sections and their labels


async def add_section(
    tx: Tx,
    room: RoomId,
    heading: str,
    label: Label,
    first_words: Sequence[str],
    *,
    by: MemberId,
    under: Heading = Heading.WORRIED_ABOUT,
) -> Section:
    """Make a section with its first words (paragraphs), as the last one of its heading.

    Its id is the label's `thing`. The words are its first change, by the member who makes it.
    """
    team = await directory.get_team(tx, room)
    position = await tx.scalar(
        select(func.coalesce(func.max(section.c.position), 0) + 1).where(section.c.room == room)
    )
    made = Section(
        id=SectionId(label.thing),
        room=room,
        under=under,
        heading=heading,
        label=label,
        position=int(position),
        seq=1,
        epoch=team.epoch,
        made_by=by,
        made_at=tx.at,
    )
    await _insert_section(tx, made)
    first, client = make_first_update([words for words in first_words if words] or [""])
    change = Change(seq=1, epoch=made.epoch, member=by, at=tx.at, update=first)
    await insert_changes(tx, made.id, room, [change])
    await bind_clients(tx, made.id, {client: by})
    return made


async def _insert_section(tx: Tx, made: Section) -> None:
    await tx.execute(
        insert(section).values(
            id=made.id,
            room=made.room,
            under=made.under,
            heading=await room_keys.seal(
                tx, made.room, made.heading.encode(), about("heading", made.id)
            ),
            position=made.position,
            seq=made.seq,
            epoch=made.epoch,
            confidentiality=made.label.confidentiality,
            author=made.label.author,
            made_by=made.made_by,
            made_at=made.made_at,
        )
    )
    await _LABELS.add(tx, made.label)


async def get_section(tx: Tx, section_id: SectionId) -> Section:
    """Return a section.

    Raises:
        NotFound: there is none.
    """
    found = await _sections(tx, section.c.id == section_id)
    if not found:
        raise NotFound
    return found[0]


async def list_section_labels(tx: Tx, room: RoomId) -> list[Section]:
    """Return every section of the room in the order of the plan, with its label.

    Nobody was asked yet whether the reader may know of any of them: sift before showing.
    """
    found = await _sections(tx, section.c.room == room)
    order = list(Heading)
    return sorted(found, key=lambda made: (order.index(made.under), made.position))


async def list_labels(tx: Tx, room: RoomId) -> list[Label]:
    """Return the label of every section of the room, its heading unopened."""
    rows = await tx.rows(_OF_ROOM, {"of_room": room})
    return list((await _labels_of(tx, rows)).values())


async def list_labels_with(tx: Tx, room: RoomId, category: str) -> list[Label]:
    """Return the labels of the room's sections of one category. Sift them before counting."""
    rows = await tx.rows(_WITH_CATEGORY, {"of_room": room, "of_category": category})
    return list((await _labels_of(tx, rows)).values())


async def name_people(tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
    """Let a thing be for these members by name, and for nobody who was named before."""
    await _LABELS.name(tx, thing, named)


def all_kept(tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
    """Give of which of these categories, and from whom, every room keeps sections."""
    return _LABELS.all_kept(tx, section, categories)


async def find_sections(tx: Tx, ids: Collection[SectionId]) -> dict[SectionId, Section]:
    """Return these sections by id; unknown ids are absent."""
    if not ids:
        return {}
    return {made.id: made for made in await _sections(tx, section.c.id.in_(set(ids)))}


async def find_labelled(
    tx: Tx, room: RoomId, section_id: SectionId
) -> tuple[Section | None, Label]:
    """Return a section of this room, and its label.

    Threat T-01: where the room has none, the same is asked of the store, and the label is that
    of nothing, which the gate opens to nobody: its no and its line in the log are the same.
    """
    found = (await find_sections(tx, [section_id])).get(section_id)
    if found is None:
        await _LABELS.look_for(tx, [section_id])
        await room_keys.find_sealer(tx, room)
    if found is None or found.room != room:
        return None, Label(thing=section_id, room=room)
    return found, found.label


async def _sections(tx: Tx, where: Any) -> list[Section]:  # noqa: ANN401 - a clause of SQLAlchemy
    # The epoch is read before the parts of the label: a label is never older than its epoch.
    rows = await tx.rows(select(section).where(where).order_by(section.c.position, section.c.id))
    labels = await _labels_of(tx, rows)
    return [await _section(tx, row, labels[row.id]) for row in rows]


async def _labels_of(tx: Tx, rows: Sequence[Row[Any]]) -> dict[UUID, Label]:
    return await _LABELS.labels_of(tx, rows, author="author")


async def _section(tx: Tx, row: Row[Any], label: Label) -> Section:
    room, section_id = RoomId(row.room), SectionId(row.id)
    heading = await room_keys.unseal(tx, room, row.heading, about("heading", section_id))
    return Section(
        id=section_id,
        room=room,
        under=Heading(row.under),
        heading=heading.decode(),
        label=label,
        position=row.position,
        seq=row.seq,
        epoch=row.epoch,
        made_by=MemberId(row.made_by),
        made_at=row.made_at,
        generation=row.generation,
    )


# ---------------------------------------------------------------- access epochs


async def set_epochs(tx: Tx, room: RoomId, epoch: int) -> None:
    """Write the room's new access epoch to all its sections, locked in the order of their ids.

    From then on no change is stored that was asked about before.
    """
    await tx.execute(
        select(section.c.id).where(section.c.room == room).order_by(section.c.id).with_for_update()
    )
    await tx.execute(update(section).where(section.c.room == room).values(epoch=epoch))


# ---------------------------------------------------------------- disposal


async def delete_room_content(tx: Tx, room: RoomId) -> int:
    """Delete every section of the room with all its words; return how many sections there were."""
    ids = [
        row.id
        for row in await tx.rows(
            select(section.c.id)
            .where(section.c.room == room)
            .order_by(section.c.id)
            .with_for_update()
        )
    ]
    if not ids:
        return 0
    await _LABELS.remove(tx, ids)
    taken = select(section_taken_back.c.id).where(section_taken_back.c.section.in_(ids))
    await tx.execute(
        delete(section_taken_back_from).where(section_taken_back_from.c.taken.in_(taken))
    )
    for table in _CONTENT_TABLES:
        await tx.execute(delete(table).where(table.c.section.in_(ids)))
    await tx.execute(delete(section).where(section.c.id.in_(ids)))
    return len(ids)


async def make_room_key(tx: Tx, room: RoomId) -> None:
    """Make the key under which everything of a new room is sealed."""
    await room_keys.make(tx, room)
