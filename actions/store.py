"""Every query on the rows of actions. What people wrote is sealed and opened here alone."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from actions.action import TO_DO, Action, State, TakenStep
from actions.tables import (
    action,
    action_category,
    action_named,
    action_origin,
    action_shown_to,
    action_step,
    action_subject,
)
from policies.facts import Label
from policies.label_rows import Kept, LabelRows
from server.kernel.database import Tx
from server.kernel.ids import ActionId, MemberId, RoomId
from server.keys import room_keys

_LABELS = LabelRows(
    "action",
    categories=action_category.c.category,
    origins=action_origin.c.origin,
    subjects=action_subject.c.subject,
    named=action_named.c.named,
    shown_to=action_shown_to.c.shown_to,
)


async def add_action(tx: Tx, new: Action) -> bool:
    """Add an action and its label, its words sealed under the room's key.

    Returns:
        False if its id is taken; then nothing was added.
    """
    upsert = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    sealed = await room_keys.seal(tx, new.room, new.what.encode(), _about(new.id, 0))
    added = await tx.execute(
        upsert(action)
        .values(
            id=new.id,
            room=new.room,
            owner=new.owner,
            serves=new.serves,
            due=new.due,
            state=new.state,
            carried=new.carried,
            version=new.version,
            confidentiality=new.label.confidentiality,
            added_by=new.added_by,
            added_at=new.added_at,
            sealed_what=sealed,
        )
        .on_conflict_do_nothing()
    )
    if added.rowcount == 0:
        return False
    await _LABELS.add(tx, new.label)
    return True


async def save_step(tx: Tx, after: Action, moved_by: MemberId) -> bool:
    """Store what an action became; False if somebody else was quicker and nothing was stored."""
    result = await tx.execute(
        update(action)
        .where(action.c.id == after.id, action.c.version == after.version - 1)
        .values(state=after.state, due=after.due, carried=after.carried, version=after.version)
    )
    if result.rowcount == 0:
        return False
    sealed = None
    if after.reason:
        sealed = await room_keys.seal(
            tx, after.room, after.reason.encode(), _about(after.id, after.version)
        )
    await tx.execute(
        insert(action_step).values(
            action=after.id,
            version=after.version,
            state=after.state,
            due=after.due,
            moved_by=moved_by,
            moved_at=tx.at,
            sealed_reason=sealed,
        )
    )
    return True


async def find_row(tx: Tx, action_id: ActionId) -> Row[Any] | None:
    """Return the bare row of an action, its words still sealed."""
    return await tx.first(select(action).where(action.c.id == action_id))


async def find_labelled(tx: Tx, room: RoomId, action_id: ActionId) -> tuple[Row[Any] | None, Label]:
    """Return the bare row of an action of this room, and its label.

    Threat T-01: where the room has none, the same is asked of the store, and the label is that
    of nothing, which the gate opens to nobody: its no and its line in the log are the same.
    """
    row = await find_row(tx, action_id)
    if row is None or row.room != room:
        await _LABELS.look_for(tx, [action_id])
        return None, Label(thing=action_id, room=room)
    return row, (await labels_of(tx, [row]))[action_id]


async def rows_of_room(tx: Tx, room: RoomId) -> Sequence[Row[Any]]:
    """Return the bare rows of a room's actions, soonest day first."""
    return await tx.rows(
        select(action).where(action.c.room == room).order_by(action.c.due, action.c.id)
    )


async def late_rows(tx: Tx, room: RoomId, today: date) -> Sequence[Row[Any]]:
    """Return the bare rows of what is late in a room, soonest day first."""
    return await tx.rows(_LATE, {"of_room": room, "today": today})


_LATE = (
    select(action)
    .where(
        action.c.room == bindparam("of_room"),
        action.c.due < bindparam("today"),
        action.c.state.in_(sorted(TO_DO)),
    )
    .order_by(action.c.due, action.c.id)
)


async def rows_of_owner(tx: Tx, owner: MemberId) -> Sequence[Row[Any]]:
    """Return the bare rows of the actions somebody is to do, in all rooms, soonest day first."""
    return await tx.rows(
        select(action).where(action.c.owner == owner).order_by(action.c.due, action.c.id)
    )


async def labels_of(tx: Tx, rows: Sequence[Row[Any]]) -> dict[UUID, Label]:
    """Return the label of each of these actions, by its id, in one query for all of them."""
    return await _LABELS.labels_of(tx, rows, author="added_by", serves="serves")


async def name_people(tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
    """Let a thing be for these members by name, and for nobody who was named before."""
    await _LABELS.name(tx, thing, named)


def all_kept(tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
    """Give of which of these categories, and from whom, every room keeps actions."""
    return _LABELS.all_kept(tx, action, categories)


async def open_action(tx: Tx, row: Row[Any], label: Label) -> Action:
    """Open the words of an action. The caller has asked the gate."""
    return (await open_actions(tx, [row], {row.id: label}))[0]


async def open_actions(
    tx: Tx, rows: Sequence[Row[Any]], labels: Mapping[UUID, Label]
) -> list[Action]:
    """Open the words of these actions, in order. The caller has asked the gate for each."""
    reasons = await _sealed_reasons(tx, rows)
    return [
        Action(
            id=ActionId(row.id),
            room=RoomId(row.room),
            label=labels[row.id],
            what=(
                await room_keys.unseal(tx, row.room, row.sealed_what, _about(row.id, 0))
            ).decode(),
            owner=MemberId(row.owner),
            serves=row.serves,
            due=row.due,
            state=State(row.state),
            carried=row.carried,
            version=row.version,
            added_by=MemberId(row.added_by),
            added_at=row.added_at,
            reason=await _open_reason(tx, row, reasons.get(row.id), row.version),
        )
        for row in rows
    ]


async def _sealed_reasons(tx: Tx, rows: Sequence[Row[Any]]) -> dict[UUID, bytes | None]:
    """Return the reason of the newest step of each of these actions, still sealed."""
    if not rows:
        return {}
    newest = (action_step.c.action == action.c.id) & (action_step.c.version == action.c.version)
    found = await tx.rows(
        select(action_step.c.action, action_step.c.sealed_reason)
        .join(action, newest)
        .where(action.c.id.in_([row.id for row in rows]))
    )
    return {row.action: row.sealed_reason for row in found}


async def _open_reason(tx: Tx, row: Row[Any], sealed: bytes | None, version: int) -> str:
    if sealed is None:
        return ""
    return (await room_keys.unseal(tx, row.room, sealed, _about(row.id, version))).decode()


async def steps_of(tx: Tx, row: Row[Any]) -> list[TakenStep]:
    """Return what was done to an action, oldest first. The caller has asked the gate."""
    steps = await tx.rows(
        select(action_step).where(action_step.c.action == row.id).order_by(action_step.c.version)
    )
    return [
        TakenStep(
            state=State(step.state),
            due=step.due,
            moved_by=MemberId(step.moved_by),
            moved_at=step.moved_at,
            reason=await _open_reason(tx, row, step.sealed_reason, step.version),
        )
        for step in steps
    ]


async def remove_all(tx: Tx, room: RoomId) -> int:
    """Delete every action of a room; return how many there were."""
    of_room = select(action.c.id).where(action.c.room == room)
    await _LABELS.remove(tx, of_room)
    await tx.execute(delete(action_step).where(action_step.c.action.in_(of_room)))
    return (await tx.execute(delete(action).where(action.c.room == room))).rowcount


def _about(action_id: UUID, version: int) -> bytes:
    return b"action|" + action_id.bytes + b"|" + str(version).encode()
