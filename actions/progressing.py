"""Saying how an action goes: begun, done, why not, carried to a later day, or cancelled."""

from dataclasses import dataclass
from typing import NoReturn

from actions import store
from actions.action import CHANGED_MEANWHILE, Action, Step, moved, steps_open_to
from consent import bell, gate
from policies.act import Act
from policies.decision import Denied
from policies.facts import Label
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import ActionId, RoomId

NOT_THE_OWNER = "GUARD-NOT-THE-OWNER"
NOT_YOURS = "Only the person who is to do it, or the lead, can say how it went."


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is to an action."""

    is_owner: bool
    is_lead: bool


async def progress(who: Member, room: RoomId, action_id: ActionId, *, step: Step | None) -> Action:
    """Move an action one step and tell those who may know of it.

    The owner says how it went, practitioner or family member; the lead may too. None: no step was
    chosen.

    Raises:
        Refused: `who` may not know of the action, or the room has none such.
        Invalid: a reason or a later day is missing, or the step is not hers to take.
        Conflict: somebody else changed it meanwhile; nothing of theirs was overwritten.
    """
    async with writing() as tx:
        row, label = await store.find_labelled(tx, room, action_id)
        await gate.require(tx, who, Act.PROGRESS_ACTION, label)
        if row is None:
            raise NotFound
        before = await store.open_action(tx, row, label)
        if step is None:
            raise Invalid({"to": "Choose how it is going."})
        stands = await standing(tx, who, before)
        if not (stands.is_owner or stands.is_lead):
            _refuse(tx, who, label)
        after = moved(before, step, london_day(tx.at))
        if step.to not in steps_open_to(before, is_owner=stands.is_owner, is_lead=stands.is_lead):
            _refuse(tx, who, label)
        if not await store.save_step(tx, after, who.id):
            raise Conflict(CHANGED_MEANWHILE)
        bell.ring(tx, label, bell.What.ACTIONS)
        return after


def _refuse(tx: Tx, who: Member, label: Label) -> NoReturn:
    """Refuse a step to somebody who may see the action, and so is told why; it is recorded."""
    try:
        gate.refuse(tx, who, Act.PROGRESS_ACTION, label, why=NOT_THE_OWNER)
    except Denied as no:
        raise Invalid({"to": NOT_YOURS}) from no


async def standing(tx: Tx, who: Member, action: Action) -> Standing:
    """Return what `who` is to this action now."""
    seat = await directory.find_seat(tx, action.room, who.id)
    return Standing(
        is_owner=action.owner == who.id,
        is_lead=seat is not None and seat.role is Role.LEAD_PROFESSIONAL,
    )
