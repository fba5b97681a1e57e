"""Giving somebody something to do, from a part of the plan: who, what, by when, for which change.

An action bears the label of the part it is added from, so that it is known to those who may
know that part and to nobody else, its owner among them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from actions import store
from actions.action import Action, State, clean_words, fault_of_due, fault_of_what
from consent import bell, gate
from consent.audience import Audience, audience_of
from consent.keeper import Keepers
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.directory.member import Member
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import ActionId, MemberId, RoomId, id_of_form

SECTIONS = "sections"
"""The name of the keeper of the parts of a plan."""

NOT_ON_THE_LIST = "Choose who is to do it from the list."


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the form says. `id` is the form's own: sending it twice adds one action."""

    id: UUID
    serves: UUID
    what: str
    owner: MemberId | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the plan an action can be added from, by the words its readers know it by."""

    id: UUID
    heading: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the form shows: the parts to choose from and, once one is chosen, who will see it.

    Only the readers can be given the action: it would tell anybody else of the part.
    """

    parts: tuple[Part, ...]
    chosen: Part | None
    audience: Audience


async def prepare(
    who: Member, room: RoomId, *, serves: UUID | None, keepers: Keepers
) -> Preparation:
    """Return what is needed to ask who does what, for those parts `who` may add an action to.

    Raises:
        Refused: she has no place in the room, cannot add an action to the part asked for, or
            there is no such part.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_SEATS, label_of_room(room, Kind.SEAT))
        labels = await _labels_of_parts(tx, room, keepers)
        held = await gate.capability(tx, who, room, labels)
        open_labels = {
            label.thing: label for label in labels if held.allows(Act.ASSIGN_ACTION, label.thing)
        }
        headings = await headings_of(tx, room, open_labels, keepers)
        if serves is None:
            return Preparation(_parts(headings), None, Audience())
        if serves not in open_labels:
            # Threat T-01: asked about like one that she may see, so that the no is recorded.
            await gate.require(tx, who, Act.ASSIGN_ACTION, _label_of(labels, room, serves))
            raise NotFound
        audience = await audience_of(tx, who, open_labels[serves])
        return Preparation(_parts(headings), Part(serves, headings[serves]), audience)


async def assign(
    who: Member, room: RoomId, assignment: Assignment, *, keepers: Keepers
) -> ActionId:
    """Add an action for somebody with a place in the room who may know of it; return its id.

    Raises:
        Refused: `who` may not add an action to this part, or knows of no such part.
        Invalid: a field is missing or wrong. Somebody who may not know of the part and
            somebody who is not in the room get the same sentence.
        Conflict: the form added an action to another room already.
    """
    try:
        return await _assign(who, room, assignment, keepers=keepers)
    except _SentMeanwhile:
        return await _assign(who, room, assignment, keepers=keepers)


class _SentMeanwhile(Exception):
    """The same form came twice at once, and the other one was first."""


async def _assign(
    who: Member, room: RoomId, assignment: Assignment, *, keepers: Keepers
) -> ActionId:
    async with writing() as tx:
        labels = await _labels_of_parts(tx, room, keepers)
        served = _label_of(labels, room, assignment.serves)
        made = ActionId(id_of_form(who.id, assignment.id))
        label = replace(served, thing=made, author=who.id, serves=assignment.serves)
        sent_before = await store.find_row(tx, made)
        if sent_before is not None and (sent_before.added_by, sent_before.room) == (who.id, room):
            # The same form came twice: what the first one added stands, and nothing is added.
            await gate.require(tx, who, Act.LIST_ACTIONS, label)
            return made
        await gate.require(tx, who, Act.ASSIGN_ACTION, label)
        if sent_before is not None:
            raise Conflict
        action = await _checked(tx, who, room, assignment, label)
        if not await store.add_action(tx, action):
            raise _SentMeanwhile
        bell.ring(tx, label, bell.What.ACTIONS)
        return action.id


async def _checked(
    tx: Tx, who: Member, room: RoomId, assignment: Assignment, label: Label
) -> Action:
    what = clean_words(assignment.what)
    readers = await gate.readers(tx, who, label)
    found = {
        "what": fault_of_what(what),
        "owner": None
        if any(reader.member.id == assignment.owner for reader in readers)
        else NOT_ON_THE_LIST,
        "due": fault_of_due(assignment.due, london_day(tx.at)),
    }
    faults = {field: fault for field, fault in found.items() if fault}
    if faults or assignment.owner is None or assignment.due is None:
        raise Invalid(faults)
    return Action(
        id=ActionId(label.thing),
        room=room,
        label=label,
        what=what,
        owner=assignment.owner,
        serves=assignment.serves,
        due=assignment.due,
        state=State.OPEN,
        carried=0,
        version=1,
        added_by=who.id,
        added_at=tx.at,
    )


def _label_of(labels: Iterable[Label], room: RoomId, part: UUID) -> Label:
    """Return the label of a part of the room; of one that is not there, that of nothing.

    Threat T-01: the gate opens the label of nothing to nobody, and records its no.
    """
    nothing = Label(thing=part, room=room)
    return next((label for label in labels if label.thing == part), nothing)


async def _labels_of_parts(tx: Tx, room: RoomId, keepers: Keepers) -> list[Label]:
    return [
        label
        for keeper in keepers
        if keeper.name == SECTIONS
        for label in await keeper.labels(tx, room)
    ]


async def headings_of(
    tx: Tx, room: RoomId, things: Iterable[UUID], keepers: Keepers
) -> dict[UUID, str]:
    """Return the words by which these parts of the plan are known to those who may know them."""
    wanted = list(things)
    headings: dict[UUID, str] = {}
    for keeper in keepers:
        if keeper.name == SECTIONS:
            headings.update(await keeper.titles(tx, room, wanted))
    return headings


def _parts(headings: dict[UUID, str]) -> tuple[Part, ...]:
    return tuple(Part(thing, heading) for thing, heading in headings.items())
