"""Looking again at what was agreed: what stands, and 'Nothing has changed' as one press."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import renewing, viewing
from consent.looking_again import Why
from consent.renewing import Renewable
from policies.act import Act
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember, Member
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import PersonId, RoomId, read_id
from web.agreement_words import purpose_words, shown_consent
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.scan_pages import way_on
from web.session import keepers_of, member_of
from web.spoken_words import OWN_PAGE, how_told

HERE = "/agreement"


def due_words(why: Why, until: date, today: date) -> str:
    """Return for the lead why something agreed is to be looked at again."""
    ends = "ended" if until < today else "ends"
    match why:
        case Why.SIXTEEN:
            return (
                "Somebody of the family is 16 now and decides for themselves: ask them."
                f" What was agreed for them {ends} on {day_words(until)}."
            )
        case Why.EIGHTEEN:
            return (
                "Somebody of the family is 18 now, and nobody else answers for them: ask them."
                f" What was agreed before {ends} on {day_words(until)}."
            )
        case Why.REVIEW_DAY:
            return f"What they agreed {ends} on {day_words(until)}."


async def look_again_own(request: Request) -> Response:
    """Show somebody of the family what stands; one press says that nothing has changed."""
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    room = room_of(request)
    found = await renewing.find_renewable(who, room)
    if request.method == "POST":
        form = await read_form(request)
        if await _renewed(request, who, room, found, form, how=OWN_PAGE):
            return RedirectResponse("/y/choices?done=renewed", status_code=303)
        found = await renewing.find_renewable(who, room)
    return await page(
        request,
        "family/again.html",
        room_hex=room.hex,
        is_changed=request.method == "POST",
        **await _values(who, room, found),
    )


async def look_again(request: Request) -> Response:
    """Show the lead what one person agreed, and take down that nothing has changed."""
    who, room = await practitioner_of(request), room_of(request)
    giver = PersonId(read_id(request.path_params["person"]))
    found = await renewing.find_renewable(who, room, giver)
    form, faults = Form(), {}
    if request.method == "POST":
        form = await read_form(request)
        try:
            if await _renewed(request, who, room, found, form, how=form.text("how")):
                onward = way_on(room, giver.hex, form.text("how"), "renewed")
                return RedirectResponse(onward, status_code=303)
        except Invalid as wrong:
            faults = dict(wrong.faults)
        found = await renewing.find_renewable(who, room, giver)
    return await page(
        request,
        "agreement/again.html",
        status=422 if faults else 200,
        person_hex=giver.hex,
        how=how_told(),
        typed={"how": form.text("how")},
        is_changed=request.method == "POST" and not faults,
        faults=summary(faults),
        wrong=faults,
        **await _values(who, room, found),
        **room_frame(room, HERE),
    )


async def _renewed(
    request: Request, who: Member, room: RoomId, found: Renewable, form: Form, *, how: str
) -> bool:
    """Say again what stands; False if it changed while she was looking."""
    version = form.text("version")
    try:
        await renewing.renew(
            who,
            room,
            giver=found.giver,
            version=int(version) if version.isdecimal() else 0,
            how=how,
            keepers=keepers_of(request),
        )
    except Conflict:
        return False
    return True


async def _values(who: Member, room: RoomId, found: Renewable) -> Mapping[str, Any]:
    shown = await viewing.view_agreement(who, room)
    standing = next(one for one in shown if one.giver_id == found.giver)
    if isinstance(who, FamilyMember):
        # No name of the family stands there before a tap.
        staff = {code: name for code, name in standing.agencies.items() if code != FAMILY}
        standing = replace(standing, agencies=staff)
    return {
        "standing": shown_consent(standing, to_family=isinstance(who, FamilyMember)),
        "version": found.version,
        "again_on": day_words(found.review_on),
        "left_out": found.left_out,
        "purposes": purpose_words(),
    }


ROUTES: list[BaseRoute] = [
    gated(
        "/y/choices/{room}/again", look_again_own, act=Act.RENEW_CONSENT, methods=("GET", "POST")
    ),
    gated(
        "/rooms/{room}/agreement/again/{person}",
        look_again,
        act=Act.RENEW_CONSENT,
        methods=("GET", "POST"),
    ),
]
