"""The people of a room: who has a place, inviting a colleague, and the family's own pages."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent.family import ADULT_AT, age_on
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import FactorName
from rooms import inviting, viewing
from rooms.inviting import Checked, Colleague, Invitation
from rooms.room import Place
from server.directory.team import FAMILY_ROLES, Role
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import MemberId, PersonId, RoomId, read_id
from server.kernel.settings import settings
from web.forms import Form, read_form, summary
from web.rendering import fragment, page
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.session import keepers_of

HERE = "/people"
FACTORS = {
    FactorName.PLACE: "Their place in the room",
    FactorName.AGREEMENT: "The sharing agreement",
    FactorName.FAMILY: "What the family agreed",
    FactorName.PROTECTION: "Anything that protects someone",
}
CHOOSE_SOMEBODY = "Choose whom to invite"
CHOOSE_FROM_FAMILY = "Choose who is to have a page"


async def show_people(request: Request) -> Response:
    """Show who has a place in the room, as far as the member may know."""
    room, shown = await _people(request)
    return await page(request, "people/people.html", **shown, **room_frame(room, HERE))


async def show_people_again(request: Request) -> Response:
    """Show the list alone, to take the place of an older one."""
    room, shown = await _people(request)
    return await fragment(request, "people/people_fragment.html", room_hex=room.hex, **shown)


async def invite(request: Request) -> Response:
    """Choose a colleague, see what the checks found, then send; nothing is sent before."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else Form()
    if request.method != "POST" or form.text("press") == "choose":
        return await _choose(request, room, form)
    try:
        invitation = _invitation(form)
        keepers = keepers_of(request)
        checked = await inviting.check_invitation(who, room, invitation, keepers=keepers)
        if form.text("press") == "send" and checked.admission.passes:
            # Asked and checked once more with the sending: something may have changed meanwhile.
            admission = await inviting.invite(who, room, invitation, keepers=keepers)
            if admission.passes:
                return RedirectResponse(f"/rooms/{room.hex}/people", status_code=303)
            checked = replace(checked, admission=admission)
    except Invalid as wrong:
        return await _choose(request, room, form, wrong.faults)
    return await _show_checked(request, room, form, checked)


async def seat_family(request: Request) -> Response:
    """Give somebody of the family a place, and so a page of her own."""
    who, room = await practitioner_of(request), room_of(request)
    if request.method != "POST":
        return await _choose_relative(request, room)
    form = await read_form(request)
    try:
        person = PersonId(read_id(form.text("person")))
    except NotFound:
        return await _choose_relative(request, room, {"person": CHOOSE_FROM_FAMILY})
    await inviting.seat_family_member(who, room, person, keepers=keepers_of(request))
    return RedirectResponse(f"/rooms/{room.hex}/people", status_code=303)


async def _people(request: Request) -> tuple[RoomId, dict[str, Any]]:
    who, room = await practitioner_of(request), room_of(request)
    places = await viewing.list_places(who, room)
    mine = next(place for place in places if place.member == who.id)
    return room, {
        "team": [_card(one, who.id) for one in places if one.role not in FAMILY_ROLES],
        "family": [_card(one, who.id) for one in places if one.role in FAMILY_ROLES],
        "alone": len(places) == 1,
        "i_lead": mine.role is Role.LEAD_PROFESSIONAL,
    }


def _card(place: Place, mine: MemberId) -> dict[str, str]:
    lead = settings().lead_word.capitalize()
    is_lead = place.role is Role.LEAD_PROFESSIONAL
    joined = place.joined_at
    return {
        "hex": place.member.hex,
        "name": place.name,
        "is_me": "yes" if place.member == mine else "",
        "title": place.role_title,
        "agency": place.agency_name,
        "role": lead if is_lead else catalogue().roles[place.role].capitalize(),
        "is_family": "yes" if place.role in FAMILY_ROLES else "",
        "since": day_words(london_day(joined)) if joined else "",
    }


async def _choose(
    request: Request, room: RoomId, form: Form, faults: Mapping[str, str] | None = None
) -> Response:
    who = await practitioner_of(request)
    colleagues = await inviting.list_colleagues(who, room)
    return await page(
        request,
        "people/invite.html",
        status=422 if faults else 200,
        organisations=_by_organisation(colleagues),
        typed={"member": form.text("member"), "safeguard": form.is_ticked("safeguard")},
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


def _by_organisation(colleagues: list[Colleague]) -> list[dict[str, object]]:
    named = sorted(
        colleagues, key=lambda one: (one.agency.name, one.agency.code, one.practitioner.name)
    )
    return [
        {
            "name": agency.name,
            "people": [
                {
                    "hex": one.practitioner.id.hex,
                    "name": one.practitioner.name,
                    "title": one.practitioner.role_title,
                }
                for one in group
            ],
        }
        for agency, group in groupby(named, key=lambda one: one.agency)
    ]


def _invitation(form: Form) -> Invitation:
    try:
        member = MemberId(read_id(form.text("member")))
    except NotFound as fault:
        raise Invalid({"member": CHOOSE_SOMEBODY}) from fault
    return Invitation(member, safeguard=form.is_ticked("safeguard"))


async def _show_checked(request: Request, room: RoomId, form: Form, checked: Checked) -> Response:
    colleague = checked.colleague
    return await page(
        request,
        "people/checked.html",
        name=colleague.practitioner.name,
        title=colleague.practitioner.role_title,
        agency=colleague.agency.name,
        passes=checked.admission.passes,
        factors=[
            {"name": FACTORS[one.name], "holds": one.holds, "words": one.words}
            for one in checked.admission.factors
        ],
        would_see=checked.would_see,
        typed={"member": form.text("member"), "safeguard": form.is_ticked("safeguard")},
        **room_frame(room, HERE),
    )


async def _choose_relative(
    request: Request, room: RoomId, faults: Mapping[str, str] | None = None
) -> Response:
    relatives = await inviting.list_family(await practitioner_of(request), room)
    today = clock.today()
    return await page(
        request,
        "people/family.html",
        status=422 if faults else 200,
        relatives=[
            {
                "hex": one.person.id.hex,
                "name": one.person.name,
                "is_child": one.person.born is not None
                and age_on(one.person.born, today) < ADULT_AT,
            }
            for one in relatives
            if not one.has_place
        ],
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}/people", show_people, act=Act.LIST_SEATS),
    gated("/rooms/{room}/people/fragment", show_people_again, act=Act.LIST_SEATS),
    gated(
        "/rooms/{room}/people/invite", invite, act=Act.PREPARE_INVITATION, methods=("GET", "POST")
    ),
    gated(
        "/rooms/{room}/people/family",
        seat_family,
        act=Act.PREPARE_INVITATION,
        methods=("GET", "POST"),
    ),
]
