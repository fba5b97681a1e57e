"""Coming into a room with a page, and opening its sections to follow and write them live.

Each opening passes the gate and is recorded; what is not known and what is not allowed get the
same answer. What a page sends before it has its answer waits, within limits.

Rule: ADR-0009. Threat T-01 (unknown and forbidden are one answer).
"""

import logging

from consent.keeper import all_labels
from policies.act import Act
from policies.facts import label_of_room
from rooms import limits, presence, store, stretch_store
from rooms.frames import READ_ONLY, Authenticated, PermissionDenied
from rooms.live import (
    ROOM_DOCUMENT,
    Connection,
    Hub,
    LiveSection,
    OpenSection,
    Stretch,
    StretchKind,
)
from rooms.loading import load
from rooms.moving import let_go_if_outdated
from rooms.rechecking import tell_changed
from rooms.recording import new_stretch
from rooms.section import Section
from rooms.sight import stamp_of
from rooms.telling import answer, tell_scope
from rooms.update import BadUpdate
from rooms.words import Poison
from server.directory.member import Member
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import NotFound, Refused, TacroomError
from server.kernel.ids import RoomId, SectionId, read_id

log = logging.getLogger(__name__)

NOT_SHOWN = "This cannot be shown to you."
NOT_NOW = "This part cannot be opened just now. Try again in a minute."
TOO_MANY = "Too many parts of plans are open on this page."


async def enter(hub: Hub, who: Member, room: RoomId, *, sign_in: bytes) -> Connection:
    """Let a page into a room, before its socket is accepted; recorded.

    Raises:
        Refused: the member has no place in the room, or there is no such room.
    """
    label = label_of_room(room)
    async with writing() as tx:
        await hub.door.require(tx, who, Act.VIEW_ROOM, label)
        labels = [label, *await all_labels(tx, room, hub.keepers)]
        capability = await hub.door.capability(tx, who, room, labels)
        connection = Connection(who, room, capability, sign_in)
        await presence.identify(tx, connection)
    if not connection.may_see_room():
        raise Refused
    hub.connections.setdefault(room, []).append(connection)
    return connection


def open_room(connection: Connection, address: str, stamp: str) -> None:
    """Open the document on which the page hears its room's news; entering was asked about.

    `stamp` is what the page's reader might see when it was fetched. If she may see something
    else now, her page is told to look again; nobody else hears of it.
    """
    if connection.may_see_room():
        connection.room_address = address
        connection.send(Authenticated(address, READ_ONLY))
        if stamp != stamp_of(connection.capability):
            tell_changed(connection)
    else:
        connection.send(PermissionDenied(address, NOT_SHOWN))


async def open_section(hub: Hub, connection: Connection, address: str) -> None:
    """Open a section on a page, or say that it cannot be shown."""
    try:
        section_id = SectionId(read_id(address.split("\0", maxsplit=1)[0]))
        await _open(hub, connection, address, section_id)
    except (Refused, NotFound):
        connection.send(PermissionDenied(address, NOT_SHOWN))
    except (TacroomError, Poison, BadUpdate):
        # Words that cannot be read are not opened: an empty document would be written over them.
        log.exception("a section could not be opened")
        connection.send(PermissionDenied(address, NOT_NOW))


async def _open(hub: Hub, connection: Connection, address: str, section_id: SectionId) -> None:
    if len(connection.documents) >= limits.SECTIONS_A_CONNECTION:
        connection.send(PermissionDenied(address, TOO_MANY))
        return
    async with writing() as tx:
        section = await _ask(tx, hub, connection, section_id)
        capability = await hub.door.capability(
            tx, connection.member, connection.room, [section.label]
        )
        let_go_if_outdated(hub, section)
        loaded = None if section_id in hub.sections else await load(tx, section)
        live = hub.sections.get(section_id) or loaded
        if live is None:
            raise NotFound
        opened = OpenSection(
            connection,
            live,
            address=address,
            capability=capability,
            epoch=min(section.epoch, capability.epoch),
        )
        reading_stretch = new_stretch(StretchKind.READING, opened, tx)
        await stretch_store.add_stretch(tx, reading_stretch, hub.id)
    await _seat(hub, opened, loaded, reading_stretch)


async def _ask(tx: Tx, hub: Hub, connection: Connection, section_id: SectionId) -> Section:
    """Ask the gate about a section of this room. An unknown one is asked about just the same.

    Raises:
        Refused: the member may not open it, or there is none.
    """
    found, label = await store.find_labelled(tx, connection.room, section_id)
    await hub.door.require(tx, connection.member, Act.OPEN_SECTION, label)
    if found is None:
        raise NotFound
    return found


async def _seat(
    hub: Hub, opened: OpenSection, loaded: LiveSection | None, stretch: Stretch
) -> None:
    """Set an opened section down in memory. From here on nothing is waited for."""
    connection, section_id = opened.connection, opened.section.id
    live = hub.sections.get(section_id) or loaded
    if live is None:
        # It was let go while we asked; its rows are read again.
        async with reading() as tx:
            live = hub.sections.get(section_id) or await load(
                tx, await store.get_section(tx, section_id)
            )
    live = hub.sections.setdefault(section_id, live)
    opened.section = live
    opened.reading = stretch
    if connection.closed or connection not in hub.connections.get(connection.room, ()):
        opened.is_gone = True
        hub.ended.append(stretch)
        return
    if not opened.may_read():
        hub.ended.append(stretch)
        raise Refused
    connection.documents[opened.address] = opened
    live.open.append(opened)
    tell_scope(opened, is_failing=hub.is_failing)
    presence.show_present(opened)
    live.asked.append((opened, None))
    answer(hub, live)


def is_room(address: str) -> bool:
    """Say whether an address names the room's own document."""
    return address.split("\0", maxsplit=1)[0] == ROOM_DOCUMENT
