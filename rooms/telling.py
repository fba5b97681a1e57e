"""What a section tells its pages: changes once they are durable, 'saved', the whole, and no.

Nothing is told to a page whose capability is older than what would be told: text written after
a withdrawal never reaches the person it was withdrawn from. Nobody is waited for here.

Rule: ADR-0009 (parse, apply, commit, tell, acknowledge). Threat T-03.
"""

import json
import logging

from rooms import limits, parting
from rooms.frames import (
    READ_ONLY,
    READ_WRITE,
    Authenticated,
    Close,
    Stateless,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    Update,
    write_frame,
)
from rooms.live import Connection, Edit, Hub, LiveSection, OpenSection
from rooms.update import BadUpdate
from rooms.words import merged

log = logging.getLogger(__name__)


def tell_changes(live: LiveSection, updates: list[bytes], *, epoch: int) -> None:
    """Tell durable changes, stored at this access epoch, to every page that may have them.

    A page whose capability is older is told the rest once the gate was asked again; one that
    reads slowly, once it has read.
    """
    live.epoch = max(live.epoch, epoch)
    written: dict[str, list[bytes]] = {}
    for opened in live.open:
        if opened.knows is not None:
            continue  # it is behind already, and will be told everything at once
        if opened.epoch < epoch or not opened.may_read() or opened.connection.owes_much():
            opened.knows = live.told
            continue
        if opened.address not in written:
            written[opened.address] = [
                write_frame(Update(opened.address, update)) for update in merged(updates)
            ]
        for message in written[opened.address]:
            opened.connection.send_bytes(opened.address, message)


def all_is_told(live: LiveSection) -> None:
    """Note that everything in memory was told: who falls behind later lacks what comes later."""
    live.told = live.words.vector()


def acknowledge(edits: list[Edit]) -> None:
    """Say 'saved' to the senders of these edits: one status for each that a page counts."""
    written: dict[str, bytes] = {}
    for edit in edits:
        edit.is_answered = True
        opened = edit.opened
        if opened.is_gone or not edit.is_counted:
            continue
        if opened.address not in written:
            written[opened.address] = write_frame(SyncStatus(opened.address, applied=True))
        opened.connection.send_bytes(opened.address, written[opened.address])


def refuse_change(hub: Hub, opened: OpenSection, reason: str) -> None:
    """Say that a change was not taken, and why, and have the page open the section anew.

    A refused change stays in the page's own document, and all that is typed there afterwards
    hangs on it; so the document is closed.
    """
    opened.send(SyncStatus(opened.address, applied=False))
    opened.send(Stateless(opened.address, _refused(reason)))
    opened.send(Close(opened.address, reason))
    parting.drop_pending(opened)
    parting.part(hub, opened)


def tell_refused(connection: Connection, address: str, reason: str) -> None:
    """Tell a page why something it sent was not taken; nothing is closed."""
    connection.send(Stateless(address, _refused(reason)))


def tell_scope(opened: OpenSection, *, is_failing: bool) -> None:
    """Tell a page whether it may write in a section, if that is news to it."""
    scope = READ_WRITE if opened.may_write() and not is_failing else READ_ONLY
    if scope != opened.scope:
        opened.scope = scope
        opened.send(Authenticated(opened.address, scope))


def tell_storage(hub: Hub, *, is_failing: bool) -> None:
    """Tell every page whether its words are being kept; while they are not, nobody can write."""
    if hub.is_failing == is_failing:
        return
    hub.is_failing = is_failing
    log.error("the store fails") if is_failing else log.warning("the store is well again")
    payload = json.dumps({"kind": "storage", "state": "failing" if is_failing else "well"})
    for connection in hub.everybody():
        if connection.room_address is not None:
            connection.send(Stateless(connection.room_address, payload))
        for opened in connection.documents.values():
            opened.send(Stateless(opened.address, payload))
            tell_scope(opened, is_failing=is_failing)


def answer(hub: Hub, live: LiveSection) -> None:
    """Answer what pages asked for, and those who are behind, while memory equals the rows."""
    if not live.is_settled or not hub.holds_lease():
        return
    asked, live.asked = live.asked, []
    for opened, vector in asked:
        if opened.is_gone or not opened.may_read():
            continue
        if opened.epoch < live.epoch or opened.connection.owes_much():
            live.asked.append((opened, vector))
        elif vector is None:
            opened.asks += 1
            opened.send(SyncStep1(opened.address, live.words.vector()))
        else:
            _give(live, opened, vector)
    for opened in live.open:
        if opened.knows is None or opened.epoch < live.epoch or opened.connection.owes_much():
            continue
        if opened.may_read():
            _give(live, opened, opened.knows)
            opened.knows = None


def _give(live: LiveSection, opened: OpenSection, vector: bytes) -> None:
    try:
        missing = live.words.since(vector)
    except BadUpdate:
        tell_refused(opened.connection, opened.address, "The page asked for what cannot be read.")
        return
    opened.send(SyncStep2(opened.address, missing))
    for update, _holds in live.words.waiting:
        opened.send(Update(opened.address, update))


def _refused(reason: str) -> str:
    return json.dumps({"kind": "refused", "reason": reason[: limits.STATELESS_BYTES]})
