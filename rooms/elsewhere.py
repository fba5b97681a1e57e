"""Carets of members whose pages are held by another process, shown here under the same rule.

Each process leaves its members' carets in rows, at most some times a second and only while there
is another process; each takes the others' from there. Of a caret from elsewhere the rows say whose
it is and where. Who that is and what she may see, this process asks of its own gate.

Rule: ADR-0018. Threats T-05 (another's name in a caret), T-13 (one parent learns of the other).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from rooms import caret_store, presence
from rooms.caret_store import PassedCaret
from rooms.live import Caret, Connection, Hub, LiveSection, OpenSection, now
from server.directory import store as directory
from server.kernel.database import Tx, writing
from server.kernel.ids import MemberId, RoomId, SectionId

PASS_EACH_S = 0.2


class Visitor(OpenSection):
    """A section that a member has open in another process, as this one's gate judges it."""


@dataclass(slots=True)
class Elsewhere:
    """Which carets of ours the others were given, and who of theirs is known here."""

    passed: dict[tuple[SectionId, int], int] = field(default_factory=dict)
    visitors: dict[tuple[SectionId, MemberId], Visitor] = field(default_factory=dict)


async def pass_carets(hub: Hub, elsewhere: Elsewhere) -> set[RoomId]:
    """Leave the carets that moved here for the other processes; return the rooms of those."""
    if not hub.has_others:
        elsewhere.passed.clear()
        return set()
    here = {
        (live.id, client): (live, caret)
        for live in hub.sections.values()
        for client, caret in live.carets.items()
        # A caret without a name is never shown to anybody, so it is not passed on either.
        if not isinstance(caret.opened, Visitor) and caret.opened.connection.identity
    }
    moved = [
        (live, PassedCaret(live.id, client, _member(caret), caret.clock, _unnamed(caret.state)))
        for (section, client), (live, caret) in here.items()
        if elsewhere.passed.get((section, client)) != caret.clock
    ]
    gone = elsewhere.passed.keys() - here.keys()
    if not moved and not gone:
        return set()
    async with writing() as tx:
        await caret_store.put(tx, hub.id, [one for _live, one in moved], gone)
    elsewhere.passed = {key: caret.clock for key, (_live, caret) in here.items()}
    let_go = {hub.sections[section].room for section, _client in gone if section in hub.sections}
    return {live.room for live, _one in moved} | let_go


async def take_carets(tx: Tx, hub: Hub, elsewhere: Elsewhere, epochs: Mapping[RoomId, int]) -> None:
    """Show the carets that other processes have in our sections, and take off those that went."""
    found = await caret_store.list_others(tx, hub.id, list(hub.sections)) if hub.has_others else []
    known, elsewhere.visitors = elsewhere.visitors, {}
    there: dict[SectionId, set[int]] = {}
    for one in found:
        live = hub.sections.get(one.section)
        if live is None or live.room not in epochs:
            continue
        key = (live.id, one.member)
        visitor = elsewhere.visitors.get(key) or _still(known.get(key), epochs[live.room])
        visitor = visitor or await _ask(tx, hub, live, one.member, epochs[live.room])
        if visitor is not None:
            elsewhere.visitors[key] = visitor
            if visitor.may_read() and _set_down(live, visitor, one):
                there.setdefault(live.id, set()).add(one.client)
    for live in hub.sections.values():
        _take_off(live, but=there.get(live.id, set()))


def _still(visitor: Visitor | None, epoch: int) -> Visitor | None:
    """Return who was asked about at this access epoch, and whose time is not up."""
    if visitor is None or visitor.epoch != epoch or visitor.capability.until <= now():
        return None
    return visitor


async def _ask(
    tx: Tx, hub: Hub, live: LiveSection, member_id: MemberId, epoch: int
) -> Visitor | None:
    member = (await directory.find_members(tx, {member_id})).get(member_id)
    if member is None:
        return None
    capability = await hub.door.capability(tx, member, live.room, [live.label])
    connection = Connection(member, live.room, capability, sign_in=b"")
    await presence.identify(tx, connection)
    return Visitor(connection, live, address=live.id.hex, capability=capability, epoch=epoch)


def _set_down(live: LiveSection, visitor: Visitor, one: PassedCaret) -> bool:
    """Show a caret from elsewhere; a page held here, or another member's id, comes first."""
    here = live.carets.get(one.client)
    if here is not None and not isinstance(here.opened, Visitor):
        return False
    if live.clients.get(one.client, one.member) != one.member:
        return False
    if here is None or here.clock != one.clock or here.opened is not visitor:
        state = presence.under_own_name(visitor, one.state)
        live.carets[one.client] = Caret(visitor, one.clock, state)
        live.moved.add(one.client)
    return True


def _take_off(live: LiveSection, *, but: set[int]) -> None:
    for client, caret in list(live.carets.items()):
        if isinstance(caret.opened, Visitor) and client not in but:
            del live.carets[client]
            live.moved.add(client)


def _member(caret: Caret) -> MemberId:
    return caret.opened.connection.member.id


def _unnamed(state: str) -> str:
    """Return a caret without its name, which every process writes anew."""
    said = json.loads(state)
    said.pop("user", None)
    return json.dumps(said)
