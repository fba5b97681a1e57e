"""How the family comes in, as the lead sees to it: a code to hand over, and closing the door."""

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import opening_door
from consent.opening_door import Door, GivenCode
from policies.act import Act
from server.identity import family_code
from server.identity.coming_in import Way
from server.kernel.clock import london_day
from server.kernel.ids import PersonId, read_id
from server.kernel.language import Language
from server.kernel.settings import settings
from web.forms import read_form
from web.language import speaking
from web.rendering import page, sheet
from web.room_frame import day_words, practitioner_of, room_frame, room_of, time_words
from web.route import gated

HERE = "/people"
WAYS = {
    Way.PASSKEY: "With the lock of their own phone, tablet or computer",
    Way.PIN: "With a name of three words and a PIN",
}


async def show_doors(request: Request) -> Response:
    """Show how each of the family comes in, and what the lead can do about it."""
    who, room = await practitioner_of(request), room_of(request)
    doors = await opening_door.list_doors(who, room)
    return await page(
        request,
        "people/doors.html",
        doors=[_door(one) for one in doors],
        is_closed=request.query_params.get("done") == "closed",
        **room_frame(room, HERE),
    )


async def give_code(request: Request) -> Response:
    """Make a code and show it, once, on a sheet to read out or print."""
    who, room = await practitioner_of(request), room_of(request)
    await read_form(request)
    given = await opening_door.give_code(who, room, _person(request))
    in_order = sorted(Language, key=lambda one: one is not given.language)
    return await page(
        request,
        "people/code.html",
        sheets=[_sheet(given, language) for language in in_order],
        **room_frame(room, HERE),
    )


def _sheet(given: GivenCode, language: Language) -> Markup:
    with speaking(language):
        return sheet(
            "people/code_sheet.html",
            code=family_code.said(given.code),
            until=time_words(given.until),
            address=f"{settings().public_origins[0]}/y",
            contact=settings().contact,
        )


async def close_door(request: Request) -> Response:
    """Close every way in that somebody of the family has."""
    who, room = await practitioner_of(request), room_of(request)
    await read_form(request)
    await opening_door.close_door(who, room, _person(request))
    return RedirectResponse(f"/rooms/{room.hex}/people/doors?done=closed", status_code=303)


def _person(request: Request) -> PersonId:
    return PersonId(read_id(request.path_params["person"]))


def _door(one: Door) -> dict[str, Any]:
    own = one.own
    return {
        "hex": one.person.id.hex,
        "name": one.person.name,
        "reach": one.person.reach,
        "way": WAYS[own.way] if own.way else "",
        "made_on": day_words(london_day(own.made_at)) if own.made_at else "",
        "used_on": day_words(london_day(own.used_at)) if own.used_at else "",
        "is_worn": own.is_worn,
        "code_until": time_words(own.code_until) if own.code_until else "",
        "code_used": time_words(own.code_used_at) if own.code_used_at else "",
        "may_close": bool(own.way or own.code_until or own.code_used_at),
    }


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}/people/doors", show_doors, act=Act.LIST_DOORS),
    gated(
        "/rooms/{room}/people/doors/{person}/code",
        give_code,
        act=Act.GIVE_CODE,
        methods=("POST",),
    ),
    gated(
        "/rooms/{room}/people/doors/{person}/close",
        close_door,
        act=Act.CLOSE_DOOR,
        methods=("POST",),
    ),
]
