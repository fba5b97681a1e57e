"""What every page of one room is given, and days and times in words."""

from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.opening import leads_unopened
from server.directory.member import Member, Practitioner
from server.kernel.clock import LONDON
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId, read_id
from web.language import _, spoken
from web.session import member_of

PAGES = (
    ("Room", ""),
    ("Plan", "/plan"),
    ("Actions", "/actions"),
    ("Documents", "/documents"),
    ("People", "/people"),
    ("What the family agreed", "/agreement"),
)
NOON = 12


def room_of(request: Request) -> RoomId:
    """Return the room that the address names.

    Raises:
        NotFound: it names none.
    """
    return RoomId(read_id(request.path_params["room"]))


async def practitioner_of(request: Request) -> Practitioner:
    """Return the practitioner who is asking; a family's own pages show what is theirs.

    Raises:
        NotSignedIn: nobody is signed in.
        NotFound: it is somebody of a family.
    """
    who = await member_of(request)
    if not isinstance(who, Practitioner):
        raise NotFound
    return who


async def led_to_waiting(who: Member, room: RoomId) -> Response | None:
    """Return the way to the page that says what may be done before a yes, for a lead who waits."""
    if not await leads_unopened(who, room):
        return None
    return RedirectResponse(f"/rooms/{room.hex}/waiting", status_code=303)


def room_frame(room: RoomId, here: str) -> dict[str, Any]:
    """Return what `base_room.html` asks for; `here` is the page's part of the address."""
    top = f"/rooms/{room.hex}"
    if here not in {address for _, address in PAGES}:
        raise NotFound
    return {
        "room_hex": room.hex,
        "room_nav": [{"text": words, "href": top + address} for words, address in PAGES],
        "room_here": top + here,
    }


def day_words(day: date) -> str:
    """Return a day as pages write it: 7 June 2026."""
    return format_date(day, "d MMMM y", locale=spoken())


def time_words(instant: datetime) -> str:
    """Return an instant as pages write it, in London: 7 June 2026 at 9:05am."""
    day = day_words(instant.astimezone(LONDON).date())
    return _("%(day)s at %(time)s", day=day, time=clock_words(instant))


def clock_words(instant: datetime) -> str:
    """Return a time of day as pages write it, in London: 9:05am, or 9am."""
    local = instant.astimezone(LONDON)
    hour = local.hour % NOON or NOON
    minutes = f":{local:%M}" if local.minute else ""
    half = _("am") if local.hour < NOON else _("pm")
    return f"{hour}{minutes}{half}"
