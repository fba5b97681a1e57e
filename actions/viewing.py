"""What somebody sees of actions: those of a room, her own in all rooms, and one of them.

Nothing is counted or named here that did not pass the gate first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from actions import store
from actions.action import Action, State, TakenStep, steps_open_to
from actions.assigning import headings_of
from consent import gate
from consent.keeper import Keepers
from policies.act import Act
from policies.facts import label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import ActionId, AgencyCode, MemberId, RoomId


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is to do it, in the words this reader may have.

    The family is told role and organisation of a practitioner, not her name.
    """

    id: MemberId
    name: str
    agency: str


@dataclass(frozen=True, slots=True)
class ShownAction:
    """One action as it is shown. `heading` is the part of the plan it serves, where known."""

    action: Action
    owner: Owner
    heading: str
    room_reference: str
    is_mine: bool
    is_late: bool
    steps: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One line of an action's history, with who took the step in words."""

    step: TakenStep
    moved_by: Owner


async def list_actions(who: Member, room: RoomId, *, keepers: Keepers) -> list[ShownAction]:
    """Return the actions of a room that `who` may know of, soonest day first.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
        return await _shown(tx, who, await store.rows_of_room(tx, room), keepers)


async def list_without_place(who: Member, room: RoomId, *, keepers: Keepers) -> list[ShownAction]:
    """Return the actions that somebody without a place in the room may know of, soonest first.

    Rule: ADR-0014: only an emergency access opens any; to everybody else the list is empty.
    """
    async with writing() as tx:
        return await _shown(tx, who, await store.rows_of_room(tx, room), keepers)


@dataclass(frozen=True, slots=True)
class LateAction:
    """An action whose day has passed, as it stands on the first page of its room."""

    id: ActionId
    what: str
    owner: Owner
    due: date
    is_mine: bool


async def late_actions(tx: Tx, look: gate.Look) -> list[LateAction]:
    """Return what is late in the room looked at, as far as the looker may know, soonest first.

    Raises:
        Refused: it cannot be told.
    """
    rows = await store.late_rows(tx, look.room, london_day(tx.at))
    labels = await store.labels_of(tx, rows)
    kept = {label.thing: label for label in await look.sift(Act.LIST_ACTIONS, labels.values())}
    actions = await store.open_actions(tx, [row for row in rows if row.id in kept], kept)
    people = await _people(tx, look.who, {action.owner for action in actions})
    return [
        LateAction(one.id, one.what, people[one.owner], one.due, one.owner == look.who.id)
        for one in actions
    ]


async def my_actions(who: Member, *, keepers: Keepers) -> list[ShownAction]:
    """Return what `who` is to do, in all rooms, soonest day first; what is over comes last."""
    async with writing() as tx:
        shown = await _shown(tx, who, await store.rows_of_owner(tx, who.id), keepers)
    return sorted(shown, key=lambda one: not one.action.is_to_do)


async def view_action(
    who: Member, room: RoomId, action_id: ActionId, *, keepers: Keepers
) -> tuple[ShownAction, list[ShownStep]]:
    """Return one action and what was done to it, oldest first.

    Raises:
        Refused: `who` may not know of it, or the room has no such action.
    """
    async with writing() as tx:
        row, label = await store.find_labelled(tx, room, action_id)
        await gate.require(tx, who, Act.LIST_ACTIONS, label)
        if row is None:
            raise NotFound
        steps = await store.steps_of(tx, row)
        people = await _people(tx, who, {row.owner, *(step.moved_by for step in steps)})
        action = await store.open_action(tx, row, label)
        (shown,) = await _in_words(tx, who, [action], people, keepers)
        return shown, [ShownStep(step, people[step.moved_by]) for step in steps]


async def _shown(
    tx: Tx, who: Member, rows: Sequence[Row[Any]], keepers: Keepers
) -> list[ShownAction]:
    labels = await store.labels_of(tx, rows)
    kept = {
        label.thing: label for label in await gate.sift(tx, who, Act.LIST_ACTIONS, labels.values())
    }
    actions = await store.open_actions(tx, [row for row in rows if row.id in kept], kept)
    people = await _people(tx, who, {action.owner for action in actions})
    return await _in_words(tx, who, actions, people, keepers)


async def _in_words(
    tx: Tx,
    who: Member,
    actions: Sequence[Action],
    people: Mapping[MemberId, Owner],
    keepers: Keepers,
) -> list[ShownAction]:
    teams = await directory.find_teams(tx, {action.room for action in actions})
    leads = {
        seat.room
        for seat in await directory.seats_of(tx, who.id)
        if seat.role is Role.LEAD_PROFESSIONAL
    }
    headings = {
        part: words
        for room in teams
        for part, words in (
            await headings_of(tx, room, {one.serves for one in actions}, keepers)
        ).items()
    }
    return [
        ShownAction(
            action=action,
            owner=people[action.owner],
            heading=headings.get(action.serves, ""),
            room_reference=teams[action.room].reference,
            is_mine=action.owner == who.id,
            is_late=action.is_late(london_day(tx.at)),
            steps=steps_open_to(
                action, is_owner=action.owner == who.id, is_lead=action.room in leads
            ),
        )
        for action in actions
    ]


async def _people(tx: Tx, who: Member, ids: set[MemberId]) -> dict[MemberId, Owner]:
    if not ids:
        return {}
    members = await directory.find_members(tx, ids)
    names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    return {member_id: _owner(members.get(member_id), member_id, who, names) for member_id in ids}


def _owner(
    member: Member | None, member_id: MemberId, who: Member, names: dict[AgencyCode, str]
) -> Owner:
    if member is None:
        return Owner(member_id, "Somebody who has left", "")
    # Threat T-13: of a family nobody is named to another but by what they were shown on purpose.
    if isinstance(member, FamilyMember) and isinstance(who, FamilyMember) and member.id != who.id:
        return Owner(member_id, "Somebody else", "")
    agency = names.get(member.agency, "")
    # Rule: families see role and organisation, not staff names.
    if isinstance(member, Practitioner) and isinstance(who, FamilyMember):
        return Owner(member_id, member.role_title, agency)
    return Owner(member_id, member.name, agency)
