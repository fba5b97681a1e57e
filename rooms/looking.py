"""Every process looks at the rows: at once when something hints at a change, else each 0.4 s.

The rows say what other processes did: epochs, stored changes, bells and carets. A process that
could not look for 0.8 s hands nothing out. A hint says only where to look; it is never believed.

Rule: ADR-0009, ADR-0018. Threat T-03.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from consent import bell
from consent.bell import Bell
from rooms import caret_store, change_store, rechecking
from rooms.elsewhere import Elsewhere, take_carets
from rooms.hints import About, Hint
from rooms.live import LEASE_S, Held, Hub, LiveSection, now
from rooms.loading import Outdated, catch_up
from rooms.moving import let_go
from rooms.telling import answer
from server.directory import store as directory
from server.kernel.database import reading
from server.kernel.ids import RoomId, SectionId

log = logging.getLogger(__name__)

LOOK_EACH_S = 0.4
LOOK_AGAIN_S = 0.08
SETTLES_IN_S = 0.005
RUNG_KNOWN_S = 60.0


@dataclass(slots=True)
class Hinted:
    """What hints say there is to look at, until it was looked at."""

    sections: dict[SectionId, int] = field(default_factory=dict)
    sign_ins: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    beside: asyncio.Event = field(default_factory=asyncio.Event)


async def look(hub: Hub) -> bool:
    """Read where everything open stands, renew the lease, and act on what is newer.

    Returns:
        Whether another process stored something: then more is likely to come at once.
    """
    began = now()
    rooms = set(hub.connections)
    async with reading() as tx:
        epochs = await directory.epochs(tx, rooms) if rooms else {}
        standings = await change_store.standings(tx, list(hub.sections))
        hub.has_others = await caret_store.is_anybody_else(tx, hub.id)
    hub.lease_until = began + LEASE_S
    hub.rung = {one: at for one, at in hub.rung.items() if now() - at < RUNG_KNOWN_S}
    for room in rooms:
        if _is_outdated(hub, room, epochs.get(room)):
            hub.ask_again(room)
    is_behind = False
    for standing in standings:
        live = hub.sections.get(standing.section)
        if live is not None and standing.seq > live.seq and live.is_settled:
            is_behind = True
            await _catch_up(hub, live)
    for live in list(hub.sections.values()):
        answer(hub, live)
    return is_behind


async def look_beside(hub: Hub, elsewhere: Elsewhere) -> list[Bell]:
    """Show the carets of other processes, and return the bells they rang, the oldest first.

    Beside the look at where all stands, and after it: who may see a caret from elsewhere takes
    the gate some time, and a withdrawal does not wait for that.
    """
    rooms = set(hub.connections)
    async with reading() as tx:
        epochs = await directory.epochs(tx, rooms) if rooms else {}
        await take_carets(tx, hub, elsewhere, epochs)
        return await bell.rung_lately(tx, rooms, but=hub.rung)


async def _catch_up(hub: Hub, live: LiveSection) -> None:
    live.is_busy = True
    try:
        await catch_up(live)
        hub.changed[live.id] = live
    except Outdated:
        let_go(hub, live)
    except Exception:
        log.exception("changes of another process could not be read")
        live.is_broken = True
    finally:
        live.is_busy = False
        if live.pending or live.is_broken:
            hub.wake.set()  # what waited meanwhile can be stored
    if any(opened.epoch < live.epoch for opened in live.open):
        hub.ask_again(live.room)


def _is_outdated(hub: Hub, room: RoomId, epoch: int | None) -> bool:
    """Say whether some place in the room was asked about at another epoch, or its time is up."""
    at = now()
    for connection in hub.in_room(room):
        if epoch is None or _is_over(connection.capability, at, epoch):
            return True
        if any(
            opened.epoch < epoch or _is_over(opened.capability, at, opened.epoch)
            for opened in connection.documents.values()
        ):
            return True
    return False


def _is_over(capability: Held, at: float, epoch: int) -> bool:
    return capability.epoch < epoch or capability.until <= at


# ---------------------------------------------------------------- hints


def take_hint(hub: Hub, hinted: Hinted, hint: Hint) -> None:
    """Note where to look. Nothing is believed: the rows are read, the gate is asked."""
    match hint:
        case Hint(about=About.SIGN_INS):
            hinted.sign_ins = True
        case Hint(about=About.STORED, section=section) if section in hub.sections:
            live = hub.sections[section]
            if live.room != hint.room or hint.reached <= live.seq:
                return
            hinted.sections[section] = max(hint.reached, hinted.sections.get(section, 0))
        case Hint(about=About.ACCESS, room=room) if room in hub.connections:
            if _is_outdated(hub, room, hint.reached):
                hub.ask_again(room)
            return
        case Hint(about=About.BELL | About.CARETS, room=room) if room in hub.connections:
            hinted.beside.set()
            return
        case _:
            return
    hinted.heard.set()


async def look_where_hinted(hub: Hub, hinted: Hinted) -> None:
    """Look at the sections and sign-ins that hints named."""
    if hinted.sign_ins:
        hinted.sign_ins = False
        await rechecking.look_at_sign_ins(hub)
    await _catch_up_where_hinted(hub, hinted)


async def _catch_up_where_hinted(hub: Hub, hinted: Hinted) -> None:
    """Read the rows of sections that another process stored to.

    One whose own batch is on its way is looked at again in a moment: its rows may come in
    between. A hint of what was never stored is given up after one reading.
    """
    sections, hinted.sections = hinted.sections, {}
    waits = {}
    for section, last in sections.items():
        live = hub.sections.get(section)
        if live is None or last <= live.seq:
            continue
        if live.is_settled:
            await _catch_up(hub, live)
            answer(hub, live)
        elif live.is_busy:
            waits[section] = last
    if waits:
        await asyncio.sleep(SETTLES_IN_S)
        for section, last in waits.items():
            hinted.sections[section] = max(last, hinted.sections.get(section, 0))
        hinted.heard.set()
