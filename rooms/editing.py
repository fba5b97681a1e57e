"""A change comes in: is it within the limits, may its sender write, and whose typing is it?

What passes waits to be stored; nothing is applied, told or acknowledged here. Nothing is awaited
between the look-up of the capability and the taking of the change.

Rule: ADR-0009. Threats T-05 (writing as somebody else) and T-12 (hostile frames).
"""

from rooms import limits
from rooms.frames import SyncFrame, SyncStatus, SyncStep1, SyncStep2
from rooms.live import Edit, Hub, LiveSection, OpenSection
from rooms.moving import move
from rooms.telling import answer, refuse_change, tell_refused
from rooms.update import BadUpdate, Holdings, read_update, read_vector
from server.kernel.ids import MemberId

TOO_FAST = "That is more than can be taken at once. Wait a moment, then go on."
TOO_LARGE = "This change is too large for one part of the plan. Nothing of it was kept."
NOT_READABLE = "This change could not be read. Nothing of it was kept."
NOT_YOURS = "This change came under somebody else's name. Nothing of it was kept."
NOT_KEPT = "Words cannot be kept just now. Copy what you wrote and try again in a minute."


def sync(hub: Hub, opened: OpenSection, frame: SyncFrame) -> None:
    """Take a page's sync message: it asks for what it lacks, or it brings a change."""
    if isinstance(frame, SyncStep1):
        if _knows_older(opened.section, frame.vector):
            move(hub, opened)
            return
        opened.section.asked.append((opened, frame.vector))
        answer(hub, opened.section)
        return
    is_step2 = isinstance(frame, SyncStep2)
    if len(frame.update) > (limits.STEP2_BYTES if is_step2 else limits.MESSAGE_BYTES):
        refuse_change(hub, opened, TOO_LARGE)
        return
    try:
        holds = read_update(frame.update)
    except BadUpdate:
        refuse_change(hub, opened, NOT_READABLE)
        return
    is_counted = not (is_step2 and _was_asked_again(opened))
    if holds.clients & opened.section.retired:
        move(hub, opened)
    elif opened.may_write():
        edit(hub, opened, frame.update, holds=holds, is_counted=is_counted)
    elif is_counted:
        _answer_reader(opened, frame.update, holds, is_step2=is_step2)


def _was_asked_again(opened: OpenSection) -> bool:
    """Count one answer of a page; say whether we had asked for it besides the one at opening.

    A page counts the answer at its opening as not yet saved, and no other: a status for another
    would be taken for one of its changes, which then would be called saved before it is.
    """
    opened.answers += 1
    return 1 < opened.answers <= opened.asks


def _knows_older(live: LiveSection, vector: bytes) -> bool:
    """Say whether a page's document is of a generation from before words were taken back."""
    if not live.retired:
        return False
    try:
        return not live.retired.isdisjoint(read_vector(vector))
    except BadUpdate:
        return False  # what cannot be read is refused where it is answered


def edit(
    hub: Hub, opened: OpenSection, update: bytes, *, holds: Holdings, is_counted: bool = True
) -> None:
    """Have a change stored: it is acknowledged when it is durable."""
    live = opened.section
    reason = _fault(hub, opened, update, holds)
    if reason is not None:
        refuse_change(hub, opened, reason)
        return
    live.pending.append(Edit(opened, update, holds, is_counted))
    live.pending_bytes += len(update)
    if live.is_full:
        hub.hold_reading(opened.connection)
    hub.wake.set()


def _fault(hub: Hub, opened: OpenSection, update: bytes, holds: Holdings) -> str | None:
    live = opened.section
    if not hub.takes(opened.connection.member.id, len(update)):
        return TOO_FAST
    if live.pending_bytes + len(update) > limits.PENDING_BYTES:
        return NOT_KEPT
    if not live.words.has_room_for(len(update), limits.SECTION_BYTES):
        return TOO_LARGE
    if foreign_clients(live, holds, opened.connection.member.id):
        return NOT_YOURS
    return None


def foreign_clients(live: LiveSection, holds: Holdings, author: MemberId) -> set[int]:
    """Return the CRDT client ids of other members under which an update brings something new.

    Repeating what is stored already is no fault: a page that comes back does so.
    """
    return {
        client
        for client in holds.clients_past(live.words.state)
        if whose(live, client) not in (None, author)
    }


def whose(live: LiveSection, client: int) -> MemberId | None:
    """Return the member who types under this client id, or None if it is nobody's yet.

    Rule: ADR-0009: a client id belongs to the first member who used it, for ever.
    """
    return live.clients.get(client) or live.unbound.get(client)


def _answer_reader(opened: OpenSection, update: bytes, holds: Holdings, *, is_step2: bool) -> None:
    """Answer a change from a page that may only read: fine if it holds nothing new."""
    has_news = opened.section.words.is_news(update, holds)
    opened.send(SyncStatus(opened.address, applied=is_step2 and not has_news))
    if has_news:
        tell_refused(opened.connection, opened.address, "You can read this part, not change it.")
