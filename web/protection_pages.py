"""What protects somebody in a room: rules out of own words, safety markers, conflicts.

For the lead of the room and the information governance officer; an officer has no place there
and reaches it from her own list, by the room's reference.
"""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import protecting, showing_protection
from policies.act import Act
from server.kernel import clock
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import read_id
from web.days import typed_day
from web.forms import Form, read_form, summary
from web.protection_frame import DESK, frame_of, review_day_in, to_list
from web.protection_words import (
    KINDS,
    sentence,
    shown_exclusion,
    shown_marker,
    shown_rule,
)
from web.rendering import page
from web.room_frame import day_words, practitioner_of, room_of
from web.route import gated
from web.session import keepers_of

DONE = {
    "recorded": "Recorded. It counts from now on.",
    "ended": "Ended. What is open otherwise counts again.",
    "reviewed": "Recorded: it stays.",
    "answered": "Your answer stands on their own page.",
}


async def show(request: Request) -> Response:
    """Show all that protects somebody here."""
    return await _show(request)


async def _show(
    request: Request,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    record: str = "",
) -> Response:
    who, room = await practitioner_of(request), room_of(request)
    shown = await showing_protection.view_protection(who, room)
    return await page(
        request,
        "protection/list.html",
        status=422 if faults else 200,
        reference=shown.reference,
        rules=[shown_rule(one) for one in shown.rules],
        markers=[shown_marker(one) for one in shown.markers],
        exclusions=[shown_exclusion(one) for one in shown.exclusions],
        done=DONE.get(request.query_params.get("done", ""), ""),
        review_of=record,
        typed_review=typed_day(form or Form(), "review_on"),
        faults=summary({f"review_on-{record}-day": each for each in (faults or {}).values()}),
        wrong=faults or {},
        **frame_of(who, room),
    )


async def review(request: Request) -> Response:
    """Record that somebody looked at a marker again, and that it stays."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request)
    record = read_id(request.path_params["record"])
    day, faults = review_day_in(form)
    try:
        await protecting.review(who, room, record, review_on=day, keepers=keepers_of(request))
    except Invalid as wrong:
        return await _show(request, form, {**wrong.faults, **faults}, record.hex)
    except Conflict:
        return to_list(room)
    return to_list(room, "reviewed")


async def end(request: Request) -> Response:
    """Ask why, and end it."""
    who, room = await practitioner_of(request), room_of(request)
    sort, record = request.path_params["sort"], read_id(request.path_params["record"])
    form = await read_form(request) if request.method == "POST" else Form()
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            await protecting.end(
                who, room, sort, record, why=form.text("why"), keepers=keepers_of(request)
            )
        except Invalid as wrong:
            faults = wrong.faults
        except Conflict:
            return to_list(room)
        else:
            return to_list(room, "ended")
    shown = await showing_protection.view_protection(who, room, act=Act.END_PROTECTION)
    return await page(
        request,
        "protection/end.html",
        status=422 if faults else 200,
        what=_what(shown, sort, record),
        action=f"/rooms/{room.hex}/protection/{sort}/{record.hex}/end",
        typed={"why": form.text("why")},
        faults=summary(faults),
        wrong=faults,
        **frame_of(who, room),
    )


def _what(shown: showing_protection.ShownProtection, sort: str, record: UUID) -> str:
    """Return in words what is to be ended.

    Raises:
        NotFound: nothing of this sort and id stands here.
    """
    words = {
        "rule": {one.said.id: sentence(one.said) for one in shown.rules},
        "marker": {
            one.marker.id: f"{KINDS.get(one.marker.kind, '')}: {one.against}"
            for one in shown.markers
        },
        "conflict": {
            one.exclusion.id: f"{one.against} may not enter this room" for one in shown.exclusions
        },
    }
    with suppress(KeyError):
        return words[sort][record]
    raise NotFound


async def show_desk(request: Request) -> Response:
    """Show an officer which markers are to be looked at again, or lead her to one room's page."""
    who = await practitioner_of(request)
    reference = request.query_params.get("reference", "").strip().upper()
    rooms, found = await showing_protection.list_rooms(who, reference=reference)
    if found is not None:
        return to_list(found)
    return await page(
        request,
        "protection/desk.html",
        rooms=[
            {
                "hex": one.room.hex,
                "reference": one.reference,
                "review_on": day_words(one.review_on),
                "is_due": one.is_due,
            }
            for one in rooms
        ],
        reference=reference,
        today=day_words(clock.today()),
    )


_TOP = "/rooms/{room}/protection"

ROUTES: list[BaseRoute] = [
    gated(DESK, show_desk, act=Act.LIST_PROTECTION),
    gated(_TOP, show, act=Act.VIEW_PROTECTION),
    gated(_TOP + "/marker/{record}/review", review, act=Act.REVIEW_PROTECTION, methods=("POST",)),
    gated(_TOP + "/{sort}/{record}/end", end, act=Act.END_PROTECTION, methods=("GET", "POST")),
]
