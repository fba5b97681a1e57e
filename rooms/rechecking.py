"""The gate is asked again about every open place: at a notice, and because the rows say so.

A notice alone can be lost, so `looking` reads the access epochs of open rooms each 0.4 s. Who
lost a section is told so in words, and nothing of it is sent any more. Sign-ins are looked at
each second.

Rule: ADR-0008 (access epoch), ADR-0009. Threat T-03.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping

from consent.bell import What
from consent.capability import no_capability
from consent.keeper import all_labels
from policies.facts import label_of_room
from rooms import store
from rooms.frames import Close, PermissionDenied, Stateless, SyncStatus
from rooms.live import (
    LEASE_S,
    CloseCode,
    Connection,
    Held,
    Hub,
    OpenSection,
)
from rooms.moving import let_go_if_outdated
from rooms.parting import drop_pending, end_connection, part
from rooms.section import Section
from rooms.telling import answer, tell_scope
from server.identity import sessions
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Unavailable
from server.kernel.ids import MemberId, RoomId, SectionId
from server.kernel.slices import Slices

log = logging.getLogger(__name__)

TRY_AGAIN_S = 0.08
WRITERS_NOTED_EACH_S = 30.0
LOST = "You can no longer see this part of the plan."
LOST_ROOM = "You can no longer see this room."
SIGNED_OUT = "You are signed out."


# ---------------------------------------------------------------- ask again


async def recheck_waiting(hub: Hub) -> None:
    """Ask the gate again about every room that waits for it."""
    while hub.to_recheck:
        room = hub.to_recheck.pop()
        try:
            await recheck(hub, room)
        except Exception:
            # Nothing newer is handed out to an old capability, so waiting is safe; try again.
            log.exception("the gate could not be asked again")
            hub.to_recheck.add(room)
            await asyncio.sleep(TRY_AGAIN_S)


async def recheck(hub: Hub, room: RoomId) -> None:
    """Ask the gate again about every open place of the room, and act on its answers.

    Epoch and labels are read before the gate reads its facts: what it answers is never older
    than the epoch it is held under.
    """
    connections = hub.in_room(room)
    asked = {opened for one in connections for opened in one.documents.values()}
    wanted = {opened.section.id for opened in asked}
    async with reading() as tx:
        sections = await store.find_sections(tx, wanted)
        answers = await _answers(hub, tx, room, connections, sections)
    for section in sections.values():
        let_go_if_outdated(hub, section)
    _doubt(hub, room, answers.values())
    slices = Slices()
    for connection in connections:
        await slices.breathe()
        capability = answers.get(connection.member.id)
        if capability is not None and connection in hub.connections.get(room, ()):
            _apply_answer(hub, connection, capability, sections=sections, asked=asked)
    for live in hub.sections_of(room):
        if live.id in sections:
            live.label = sections[live.id].label
        live.is_held = False
        answer(hub, live)
        await slices.breathe()
    hub.wake.set()


def _doubt(hub: Hub, room: RoomId, answers: Iterable[Held]) -> None:
    """Ask once more, a few times, where the gate could not find its facts.

    An answer without an epoch is 'I do not know'. Meanwhile nothing newer is handed out; if it
    stays so for as long as a lease, it is a no.

    Raises:
        Unavailable: the gate is to be asked again.
    """
    if all(answer.epoch for answer in answers):
        hub.doubts.pop(room, None)
        return
    hub.doubts[room] = hub.doubts.get(room, 0) + 1
    if hub.doubts[room] <= LEASE_S / TRY_AGAIN_S:
        raise Unavailable
    hub.doubts.pop(room)


async def _answers(
    hub: Hub,
    tx: Tx,
    room: RoomId,
    connections: Iterable[Connection],
    sections: dict[SectionId, Section],
) -> Mapping[MemberId, Held]:
    """Ask the gate once for each member, about all there is in the room."""
    members = {one.member.id: one.member for one in connections}
    labels = {label.thing: label for label in await all_labels(tx, room, hub.keepers)}
    labels.update({section.id: section.label for section in sections.values()})
    about = [label_of_room(room), *labels.values()]
    return await hub.door.capabilities(tx, list(members.values()), room, about)


def _apply_answer(
    hub: Hub,
    connection: Connection,
    capability: Held,
    *,
    sections: dict[SectionId, Section],
    asked: set[OpenSection],
) -> None:
    before, connection.capability = connection.capability, capability
    if before.things != capability.things:
        tell_changed(connection)
    lost: list[OpenSection] = []
    for opened in list(connection.documents.values()):
        if opened not in asked:
            # Opened meanwhile: the gate was asked about it then, and no answer here is about it.
            if opened.epoch < capability.epoch:
                hub.ask_again(connection.room)
            continue
        found = sections.get(opened.section.id)
        if found is None:
            opened.capability = no_capability(connection.member.id, connection.room, epoch=0)
        else:
            opened.capability = capability
            opened.epoch = min(found.epoch, capability.epoch)
        if not opened.may_read():
            lost.append(opened)
        elif opened.scope:
            _keep(hub, opened)
    lose(hub, connection, lost)
    if not connection.may_see_room():
        lose(hub, connection, list(connection.documents.values()))
        if connection.room_address is not None:
            connection.send(PermissionDenied(connection.room_address, LOST_ROOM))
        end_connection(hub, connection)
        connection.close(CloseCode.FORBIDDEN, LOST_ROOM)


def tell_changed(connection: Connection) -> None:
    """Have a page fetch anew what it shows, since what its member may see is not what it was.

    Nobody else hears of it: that something changed for another is not hers to know.
    """
    if connection.room_address is not None:
        told = json.dumps({"kind": "bell", "what": What.ACCESS, "thing": None})
        connection.send(Stateless(connection.room_address, told))


def _keep(hub: Hub, opened: OpenSection) -> None:
    if not opened.may_write():
        refused = [edit for edit in opened.section.pending if edit.opened is opened]
        drop_pending(opened)
        for _edit in refused:
            opened.send(SyncStatus(opened.address, applied=False))
    tell_scope(opened, is_failing=hub.is_failing)


def lose(hub: Hub, connection: Connection, lost: list[OpenSection]) -> None:
    """Close sections whose sight was lost: nothing that was still to be sent of them is sent."""
    if not lost:
        return
    for opened in lost:
        connection.discard(opened.address)
        opened.send(PermissionDenied(opened.address, LOST))
        opened.send(Close(opened.address, LOST))
        drop_pending(opened)
        part(hub, opened)
    if connection.room_address is not None:
        ids = sorted({opened.section.id.hex for opened in lost})
        told = json.dumps({"kind": "access", "lost": ids})
        connection.send(Stateless(connection.room_address, told))


# ---------------------------------------------------------------- sign-ins


async def note_writers(hub: Hub) -> None:
    """Note that those who wrote are here: only typing, a page asks the server for nothing else.

    Reading is no sign of somebody: an open page goes on hearing bells when she has left.
    """
    wrote, hub.wrote = hub.wrote, set()
    if not wrote:
        return
    try:
        async with writing() as tx:
            await sessions.stay(tx, wrote)
    except BaseException:
        hub.wrote |= wrote
        raise


async def look_at_sign_ins(hub: Hub) -> None:
    """Close every connection whose sign-in is over, found out in one query."""
    everybody = hub.everybody()
    if not everybody:
        return
    async with reading() as tx:
        alive = await sessions.live_sessions(tx, {one.sign_in for one in everybody})
    for connection in everybody:
        if connection.sign_in not in alive:
            sign_out(hub, connection)


def sign_out(hub: Hub, connection: Connection) -> None:
    """Close a connection whose member is signed out: nothing more is sent."""
    for address in [*connection.documents, connection.room_address or ""]:
        connection.discard(address)
    for opened in list(connection.documents.values()):
        drop_pending(opened)
    end_connection(hub, connection)
    connection.close(CloseCode.SIGNED_OUT, SIGNED_OUT)
