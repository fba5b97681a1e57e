"""Who is here: carets with names that the server wrote, handed on only to those who may meet.

A page says where its caret is; who it is, it does not get to say. Carets are shown among
practitioners alone, each pair passing the rule of who may meet: no page of the family shows who
is reading or writing. They are gathered and sent ten times a second, dropped first when a page
is slow, and never touch the database.

Rule: ADR-0009. Threats T-05 (another's name in a caret), T-13 (one parent learns of the other).
"""

import json
from collections.abc import Iterable

from consent.family import may_meet
from rooms import limits
from rooms.editing import whose
from rooms.frames import Awareness, BadFrame, Fault, Reader, number, string
from rooms.live import Caret, Connection, Hub, LiveSection, OpenSection
from rooms.telling import tell_refused
from server.directory import store as directory
from server.directory.member import Practitioner
from server.kernel.database import Tx

TELL_EACH_S = 0.1
GONE = "null"
_KEPT = ("cursor",)


async def identify(tx: Tx, connection: Connection) -> None:
    """Look up what stands beside this member's caret, and the role that says whom she may meet."""
    member = connection.member
    seat = await directory.find_seat(tx, connection.room, member.id)
    connection.role = seat.role if seat else None
    if isinstance(member, Practitioner) and seat is not None:
        agency = await directory.find_agency(tx, member.agency)
        connection.identity = {
            "member": member.id.hex,
            "name": member.name,
            "agency": agency.name if agency else "",
            "role": member.role_title,
        }


def take_carets(opened: OpenSection, states: bytes) -> None:
    """Take what a page says of its carets, under its member's own name."""
    if len(states) > limits.AWARENESS_BYTES:
        tell_refused(opened.connection, opened.address, "The page said too much of its caret.")
        return
    live = opened.section
    for client, clock, state in read_carets(states):
        known = live.carets.get(client)
        if known is not None and (known.opened is not opened or clock < known.clock):
            if known.opened.connection.member.id != opened.connection.member.id:
                continue
            if clock < known.clock:
                continue
        if not _is_own(live, client, opened):
            continue
        opened.clients.add(client)
        live.moved.add(client)
        if state == GONE:
            live.carets.pop(client, None)
        else:
            live.carets[client] = Caret(opened, clock, under_own_name(opened, state))


def _is_own(live: LiveSection, client: int, opened: OpenSection) -> bool:
    member = opened.connection.member.id
    owner = whose(live, client)
    if owner is None and len(opened.clients) < limits.CARETS_A_SECTION:
        live.unbound[client] = owner = member
    return owner == member and (
        client in opened.clients or len(opened.clients) < limits.CARETS_A_SECTION
    )


def under_own_name(opened: OpenSection, state: str) -> str:
    """Return what a caret may say, under the name that the server knows."""
    said = json.loads(state)
    kept = {name: said[name] for name in _KEPT if isinstance(said, dict) and name in said}
    return json.dumps({**kept, "user": opened.connection.identity})


def read_carets(states: bytes) -> list[tuple[int, int, str]]:
    """Read an awareness update: client id, clock and state (JSON, or `null` for gone) of each.

    Raises:
        BadFrame: it is none.

    Rule: y-protocols, awareness.
    """
    reader = Reader(states)
    found = []
    for _ in range(reader.number()):
        client, clock, state = reader.number(), reader.number(), reader.string()
        try:
            json.loads(state)
        except (ValueError, RecursionError) as fault:
            raise BadFrame(Fault.NOT_UTF8) from fault
        found.append((client, clock, state))
    if not reader.is_at_end:
        raise BadFrame(Fault.TOO_LONG)
    return found


def write_carets(carets: Iterable[tuple[int, int, str]]) -> bytes:
    """Write an awareness update."""
    listed = list(carets)
    return number(len(listed)) + b"".join(
        number(client) + number(clock) + string(state) for client, clock, state in listed
    )


def show_present(opened: OpenSection) -> None:
    """Show a page that opens a section who is there already."""
    live = opened.section
    _show(opened, [(client, caret) for client, caret in live.carets.items()])


def show_moved(hub: Hub) -> None:
    """Show every page the carets that moved since the last time, and those that are gone."""
    if not hub.holds_lease():
        return
    for live in hub.sections.values():
        if not live.moved:
            continue
        moved, live.moved = live.moved, set()
        there = [(client, live.carets[client]) for client in moved if client in live.carets]
        gone = {client for client in moved if client not in live.carets}
        for opened in live.open:
            _show(opened, there)
            _hide(opened, gone)


def _show(opened: OpenSection, carets: Iterable[tuple[int, Caret]]) -> None:
    shown = [
        (client, caret.clock, caret.state)
        for client, caret in carets
        if may_show(opened, caret.opened)
    ]
    if shown:
        for client, clock, _state in shown:
            opened.sees[client] = clock
        opened.send(Awareness(opened.address, write_carets(shown)), is_caret=True)


def _hide(opened: OpenSection, gone: Iterable[int]) -> None:
    """Take carets off again; only those that this page was shown."""
    hidden = [
        (client, opened.sees.pop(client) + 1, GONE) for client in gone if client in opened.sees
    ]
    if hidden:
        opened.send(Awareness(opened.address, write_carets(hidden)), is_caret=True)


def may_show(to: OpenSection, of: OpenSection) -> bool:
    """Say whether one member's caret is shown to another in a section both have open."""
    viewer, shown = to.connection, of.connection
    if to is of or not viewer.identity or not shown.identity:
        return False
    if viewer.role is None or shown.role is None or not may_meet(viewer.role, shown.role):
        return False
    return to.may_read() and of.may_read()
