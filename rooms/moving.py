"""Words were taken back: pages that hold an older document of the section are moved to the new one.

An older document has the words; it is closed wherever it is open, and one that comes back later
is known by its client ids. Nothing it sends is stored, since it could bring the words back. A page
opens the section anew by itself, and shows its reader what of her own was not saved.

Rule: ADR-0019. Threat T-30.
"""

import json

from rooms import recording
from rooms.frames import Close, Stateless, SyncStatus
from rooms.live import Hub, LiveSection, OpenSection
from rooms.parting import drop_pending, part
from rooms.section import Section

MOVED = "Words were taken back from this part by who had written them. It was opened anew."


def let_go_if_outdated(hub: Hub, section: Section) -> None:
    """Let a section go that is in memory as it was before words were taken back."""
    live = hub.sections.get(section.id)
    if live is not None and live.generation < section.generation:
        let_go(hub, live)


def let_go(hub: Hub, live: LiveSection) -> None:
    """Let a section go, move its pages, and end all writing in it."""
    for opened in list(live.open):
        move(hub, opened)
    for member in list(live.writing):
        recording.end_writing(hub, live, member)
    live.pending.clear()
    live.pending_bytes = 0
    live.asked.clear()
    if hub.sections.get(live.id) is live:
        del hub.sections[live.id]


def move(hub: Hub, opened: OpenSection) -> None:
    """Close an older document on one page; what was still to be sent of it is not sent."""
    opened.connection.discard(opened.address)
    unsaved = sum(edit.opened is opened for edit in opened.section.pending)
    for _ in range(unsaved):
        opened.send(SyncStatus(opened.address, applied=False))
    drop_pending(opened)
    opened.send(Stateless(opened.address, json.dumps({"kind": "moved", "reason": MOVED})))
    opened.send(Close(opened.address, MOVED))
    part(hub, opened)
