"""The stamp that a room's page carries: what its reader could see just before it was read.

The page brings it when its socket opens; `rooms/sight.py` says what it is compared with.

Rule: ADR-0009. Threat T-03.
"""

from typing import TYPE_CHECKING

from starlette.requests import Request

from rooms.sight import NO_STAMP
from server.directory.member import Practitioner
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId, read_id
from web.session import session_of

if TYPE_CHECKING:
    from rooms.live_rooms import LiveRooms

FRAGMENT = "/fragment"


async def note(request: Request) -> None:
    """Take the stamp of a page of a room, before its endpoint reads anything."""
    named, session = request.path_params.get("room"), session_of(request)
    if named is None or session is None or not isinstance(session.member, Practitioner):
        return
    if request.url.path.endswith(FRAGMENT):
        return  # a piece of a page that is open already
    try:
        room = RoomId(read_id(named))
    except NotFound:
        return  # the endpoint says so
    rooms: LiveRooms = request.app.state.live_rooms
    request.state.stamp = await rooms.stamp(session.member, room)


def of(request: Request) -> str:
    """Return the stamp of this page."""
    stamp: str = getattr(request.state, "stamp", NO_STAMP)
    return stamp
