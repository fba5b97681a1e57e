"""Bells ring on the pages of those who may see what changed, and on no other.

A bell says which part of a page is to be fetched again, never what changed. Whether it rings
is asked of the gate with the label of what changed, for each member who is connected.

Rule: ADR-0008, ADR-0009 (canary tests count frames, not only bytes).
"""

import json
import logging
from uuid import UUID

from consent.bell import Bell, What, leave
from policies.act import Act
from policies.facts import Kind
from rooms.frames import Stateless
from rooms.live import Connection, Held, Hub, now
from server.directory.member import FamilyMember, Member
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, RoomId

log = logging.getLogger(__name__)

CHANGED_EACH_S = 1.0
"""How often a page that only reads a section is told that its words changed."""

_ASKED = {
    What.SECTIONS: Act.LIST_SECTIONS,
    What.WORDS: Act.LIST_SECTIONS,
    What.TAKEN_BACK: Act.LIST_SECTIONS,
    What.ACTIONS: Act.LIST_ACTIONS,
    What.DOCUMENTS: Act.LIST_DOCUMENTS,
    What.PEOPLE: Act.LIST_SEATS,
    What.ACCESS: Act.VIEW_CONSENT,
    What.ROOM: Act.VIEW_ROOM,
}
"""What a member must be allowed, on the label of what changed, to hear of it."""

_SAID = {What.WORDS: What.SECTIONS, What.TAKEN_BACK: What.ACCESS}
"""What a page is told in place of what changed; at `ACCESS` it shows nothing older for long."""


def hear(hub: Hub, bell: Bell) -> None:
    """Have a bell rung here, once, wherever it was rung first."""
    if bell.id not in hub.rung:
        hub.rung[bell.id] = now()
        hub.bells.append(bell)
        hub.bells_wait.set()


async def ring_waiting(hub: Hub) -> None:
    """Ring every bell that waits."""
    while hub.bells:
        bell = hub.bells.popleft()
        try:
            await ring(hub, bell)
        except Exception:
            # A page that missed a bell shows what was; nobody hears what is not theirs.
            log.exception("a bell could not be rung")


async def ring(hub: Hub, bell: Bell) -> None:
    """Ring one bell on the pages whose member the gate lets see what changed."""
    room = bell.label.room
    if room is None or (bell.what is What.WORDS and bell.label.thing in hub.sections):
        return  # a section in memory is rung for from what was read of it
    listening = [one for one in hub.in_room(room) if one.room_address is not None]
    if not listening or not hub.holds_lease():
        return
    may_hear = await _who_may_hear(hub, bell, {one.member.id: one.member for one in listening})
    thing = bell.label.thing.hex if bell.label.kind is Kind.CONTENT else None
    is_of_words = bell.what is What.WORDS
    what = _SAID.get(bell.what, bell.what)
    told = json.dumps({"kind": "bell", "what": what, "thing": thing})
    for connection in listening:
        if is_of_words and _follows(connection, bell.label.thing):
            continue  # she has the words themselves
        if connection.member.id in may_hear and connection.may_see_room():
            _ring_at(connection, told)


async def _who_may_hear(hub: Hub, bell: Bell, members: dict[MemberId, Member]) -> set[MemberId]:
    act, room = _ASKED[bell.what], bell.label.room
    if room is None or act.kind is not bell.label.kind:
        return set()
    may_hear = set()
    async with reading() as tx:
        for member in members.values():
            # Threat T-13: places, meetings and answers are of everybody in the room; that one
            # of them changed would tell one parent of the other.
            if isinstance(member, FamilyMember) and bell.label.kind is not Kind.CONTENT:
                continue
            capability = await hub.door.capability(tx, member, room, [bell.label])
            if capability.allows(act, bell.label.thing) and _is_told(bell, member, capability):
                may_hear.add(member.id)
    return may_hear


def _is_told(bell: Bell, member: Member, capability: Held) -> bool:
    """Say whether what changed is shown to her: her own organisation's answers, or all to the lead.

    Threat T-13: a bell alone would tell a third organisation that somebody changed her mind.
    """
    if bell.told is None or member.agency in bell.told:
        return True
    return capability.allows(Act.RECORD_CONSENT, bell.label.thing)


def _ring_at(connection: Connection, told: str) -> None:
    if connection.room_address is not None:
        connection.send(Stateless(connection.room_address, told))


async def ring_changed(hub: Hub) -> set[RoomId]:
    """Ring for each section whose words changed on the pages that show it and do not follow it.

    Each page holds the gate's answer for the section; one that was asked about at an older
    epoch waits for the next round, when it was asked about again. Of what was stored here, a
    bell is left for the pages of other processes.

    Returns:
        The rooms for which bells were left.
    """
    _ring_changed_here(hub)
    stored, hub.stored = hub.stored, {}
    if not stored or not hub.has_others:
        return set()
    try:
        async with writing() as tx:
            for live in stored.values():
                await leave(tx, live.label, What.WORDS)
    except BaseException:
        hub.stored = stored | hub.stored
        raise
    return {live.room for live in stored.values()}


def _ring_changed_here(hub: Hub) -> None:
    changed, hub.changed = hub.changed, {}
    if not hub.holds_lease():
        hub.changed = changed
        return
    for live in changed.values():
        told = json.dumps({"kind": "bell", "what": What.SECTIONS, "thing": live.id.hex})
        for connection in hub.in_room(live.room):
            if connection.capability.epoch < live.epoch:
                hub.changed[live.id] = live
            elif connection.capability.allows(Act.OPEN_SECTION, live.id) and not _follows(
                connection, live.id
            ):
                _ring_at(connection, told)


def _follows(connection: Connection, section: UUID) -> bool:
    return any(one.section.id == section for one in connection.documents.values())
