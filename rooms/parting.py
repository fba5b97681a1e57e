"""A page leaves a section, or its whole connection ends. What it had sent is still stored."""

from rooms import recording
from rooms.live import Connection, Hub, OpenSection


def part(hub: Hub, opened: OpenSection) -> None:
    """Take one open section off; its carets go, its stretches end, the last one leaves a snapshot.

    Changes it sent that wait to be stored are stored all the same, if its access still holds.
    """
    if opened.is_gone:
        return
    opened.is_gone = True
    live, connection = opened.section, opened.connection
    if opened in live.open:
        live.open.remove(opened)
    if connection.documents.get(opened.address) is opened:
        del connection.documents[opened.address]
    live.moved |= opened.clients
    for client in opened.clients:
        live.carets.pop(client, None)
    recording.end_reading(hub, opened)
    member = connection.member.id
    if all(other.connection.member.id != member for other in live.open):
        recording.end_writing(hub, live, member)
    if not live.open:
        hub.to_snapshot.add(live.id)


def drop_pending(opened: OpenSection) -> None:
    """Drop what an open section sent and what is not on its way to the store yet."""
    live = opened.section
    live.pending = [edit for edit in live.pending if edit.opened is not opened]
    live.pending_bytes = sum(len(edit.update) for edit in live.pending)


def end_connection(hub: Hub, connection: Connection) -> None:
    """Take a connection off with everything that is open on it."""
    for opened in list(connection.documents.values()):
        part(hub, opened)
    connection.opening.clear()
    connection.room_address = None
    others = hub.connections.get(connection.room, [])
    if connection in others:
        others.remove(connection)
    if not others:
        hub.connections.pop(connection.room, None)
    hub.held.discard(connection)
    hub.forget(connection.member.id)
