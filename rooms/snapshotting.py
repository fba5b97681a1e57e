"""A snapshot takes the place of a section's changes, so that opening never grows with its age.

It is built from the rows alone, in the transaction that stores it. A change that the snapshot
cannot hold stays a row of its own: one whose beginning is missing, or that deletes what has not
come yet. All others move to history, with author and time.

Rule: ADR-0009.
"""

import logging

from rooms import change_store
from rooms.live import Hub, LiveSection
from rooms.words import LiveWords
from server.kernel.database import writing
from server.kernel.ids import SectionId

log = logging.getLogger(__name__)


async def snapshot_waiting(hub: Hub) -> None:
    """Make the snapshots that are due, and let go of sections that nobody has open."""
    hub.to_snapshot |= {live.id for live in hub.sections.values() if not live.open}
    while hub.to_snapshot:
        section_id = hub.to_snapshot.pop()
        live = hub.sections.get(section_id)
        if live is None:
            continue
        if live.tail_rows:
            try:
                await snapshot(section_id)
                live.tail_rows = live.tail_bytes = 0
            except Exception:
                # Nothing is lost: the changes are rows, and the next opening is only slower.
                log.exception("a snapshot could not be made")
        _let_go(hub, live)


async def snapshot(section_id: SectionId) -> None:
    """Put a snapshot in the place of all changes stored until now."""
    async with writing() as tx:
        place = await change_store.hold_section(tx, section_id)
        if place is None:
            return
        tail = await change_store.load_tail(tx, place)
        words = LiveWords(tail.changes.values(), snapshot=tail.snapshot)
        waiting = {update for update, _holds in words.waiting}
        keep = [seq for seq, update in tail.changes.items() if update in waiting]
        await change_store.save_snapshot(
            tx, place, upto_seq=place.seq, snapshot=words.whole(), keep=keep
        )


def _let_go(hub: Hub, live: LiveSection) -> None:
    if not (live.open or live.pending or live.writing) and live.is_settled:
        hub.sections.pop(live.id, None)
