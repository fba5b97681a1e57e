"""The frame of the pages on what protects somebody, and what their forms share."""

from datetime import date
from typing import Any

from starlette.responses import RedirectResponse, Response

from server.directory.member import Practitioner
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId
from web.days import REAL_DAY, read_day, typed_day
from web.forms import Form
from web.room_frame import room_frame

HERE = "/agreement"
DESK = "/desk/protection"


def frame_of(who: Practitioner, room: RoomId) -> dict[str, Any]:
    """Return the frame of the room's pages; an officer, who has no place there, has her own."""
    is_officer = who.office is not None
    return {
        **room_frame(room, HERE),
        "outer": "base.html" if is_officer else "base_room.html",
        "back": DESK if is_officer else f"/rooms/{room.hex}/agreement",
    }


def to_list(room: RoomId, done: str = "") -> Response:
    """Return the way back to the list, which says what was done."""
    query = f"?done={done}" if done else ""
    return RedirectResponse(f"/rooms/{room.hex}/protection{query}", status_code=303)


def review_day_in(form: Form) -> tuple[date | None, dict[str, str]]:
    """Return the day of the next review, and whether what was typed is one of the calendar."""
    typed = typed_day(form, "review_on")
    try:
        return read_day(list(typed.values())), {}
    except Invalid:
        return None, {"review_on": REAL_DAY}
