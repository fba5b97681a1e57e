"""Where a practitioner begins: my day, and my rooms."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from actions import viewing as actions
from consent import confirming, emergency_showing, forecasting, own_rules, renewing, withdrawing
from consent.emergency import State
from policies.act import Act
from policies.catalogue import catalogue
from rooms import news, objecting, taking_back, viewing
from rooms.room import MyRoom
from server.directory.member import Office, Practitioner
from server.directory.team import Role, TeamState
from server.kernel import clock
from server.kernel.settings import settings
from web.agreement_words import confirm_words
from web.navigation import asks_in_emergency
from web.news_words import news_words
from web.rendering import page
from web.renewing_pages import due_words
from web.room_frame import day_words, practitioner_of, time_words
from web.route import gated
from web.session import keepers_of
from web.take_back_pages import told_words

DUE_SOON = timedelta(days=7)
ENDS_SOON = timedelta(days=30)
MEETING_LASTS = timedelta(hours=2)
_OPEN = TeamState.OPEN
WAITING = {
    TeamState.PROPOSED: "Waiting for the family’s agreement",
    TeamState.DECLINED: "The family said no",
}
EMERGENCIES = {
    State.WAITING: "A second person is waited for",
    State.OPEN: "Open now",
}


async def show_day(request: Request) -> Response:
    """Show what is next: meetings, what I am to do, what is new, what is to be renewed."""
    who = await practitioner_of(request)
    rooms = await viewing.my_rooms(who)
    return await page(
        request,
        "home/day.html",
        today=day_words(clock.today()),
        meetings=[_card(one) for one in _with_a_meeting(rooms)],
        due=await _due(request, who),
        questions=await _questions(who, rooms),
        news=await _news(who, rooms),
        invited=[_card(one) for one in rooms if one.new],
        waiting=[_card(one) for one in rooms if one.state == TeamState.PROPOSED],
        renewals=await _renewals(who),
        objections=await _objections(who),
        rules_asked=await _rules_asked(who),
        ends=await _ends(who),
        emergencies=await _emergencies(who),
        taken_back=await _taken_back(who),
        to_confirm=[confirm_words(one) for one in await confirming.stops_to_confirm(who)],
        rooms=[_card(one) for one in rooms if one.state != TeamState.DECLINED],
        office=who.office is not None,
    )


async def show_rooms(request: Request) -> Response:
    """Show the rooms in which the member has a place."""
    who = await practitioner_of(request)
    rooms = await viewing.my_rooms(who)
    return await page(
        request,
        "home/rooms.html",
        rooms=[_card(one) for one in rooms if one.state != TeamState.DECLINED],
        declined=[_card(one) for one in rooms if one.state == TeamState.DECLINED],
        may_open=who.office is None,
        may_ask=asks_in_emergency(who),
    )


def _with_a_meeting(rooms: list[MyRoom]) -> list[MyRoom]:
    """Return the rooms that meet from now on, or began to less than two hours ago."""
    since = clock.now() - MEETING_LASTS
    ahead = [
        (one.next_meeting_at, one.reference, one)
        for one in rooms
        if one.next_meeting_at is not None and one.next_meeting_at > since
    ]
    return [one for _, _, one in sorted(ahead, key=lambda found: found[:2])]


async def _due(request: Request, who: Practitioner) -> list[dict[str, object]]:
    last = clock.today() + DUE_SOON
    return [
        {
            "hex": shown.action.id.hex,
            "room_hex": shown.action.room.hex,
            "room_reference": shown.room_reference,
            "what": shown.action.what,
            "due": day_words(shown.action.due),
            "is_late": shown.is_late,
        }
        for shown in await actions.my_actions(who, keepers=keepers_of(request))
        if shown.action.is_to_do and shown.action.due <= last
    ]


async def _questions(who: Practitioner, rooms: list[MyRoom]) -> list[dict[str, object]]:
    """Return the rooms in which a stop has left the lead a question to answer."""
    asked = await withdrawing.rooms_with_questions(who)
    return [_card(one) for one in rooms if one.room in asked]


async def _news(who: Practitioner, rooms: list[MyRoom]) -> list[dict[str, object]]:
    told = {one.room: one for one in rooms if one.state == _OPEN and not one.new}
    found = await news.news_of(who, told)
    return [{**_card(told[room]), **news_words(one)} for room, one in found.items() if one.changed]


async def _ends(who: Practitioner) -> list[dict[str, object]]:
    """Return to an information governance officer who is party to nothing within thirty days."""
    if who.office is not Office.IG_OFFICER:
        return []
    return [
        {"agency": one.agency, "day": day_words(one.day), "rooms": len(one.rooms)}
        for one in await forecasting.forecast(who, ENDS_SOON)
    ]


async def _objections(who: Practitioner) -> list[dict[str, object]]:
    """Return where somebody of the family says that something is wrong, to be answered by her."""
    return [
        {
            "hex": one.room.hex,
            "section_hex": one.section.hex,
            "reference": one.reference,
            "family_name": one.family_name,
            "by": day_words(one.by),
            "is_late": one.by < clock.today(),
        }
        for one in await objecting.what_waits(who)
    ]


async def _rules_asked(who: Practitioner) -> list[dict[str, object]]:
    """Return where somebody of the family asks to change or end a rule of hers."""
    return [
        {
            "hex": one.room.hex,
            "reference": one.reference,
            "family_name": one.family_name,
            "by": day_words(one.by),
            "is_late": one.by < clock.today(),
        }
        for one in await own_rules.what_waits(who)
    ]


async def _taken_back(who: Practitioner) -> list[dict[str, object]]:
    """Return where words were taken back lately, for the officer who looks after it or the lead."""
    if who.office is Office.IG_OFFICER:
        return [
            {**told_words(one), "href": "/desk/taken-back"}
            for one in await taking_back.list_at_desk(who)
        ]
    return [
        {
            **told_words(one),
            "href": f"/rooms/{one.taken.room.hex}"
            + (f"/plan/{one.taken.section.hex}" if one.heading else ""),
        }
        for one in await taking_back.list_for_lead(who)
    ]


async def _emergencies(who: Practitioner) -> list[dict[str, object]]:
    """Return where somebody asked for emergency access, or was let in, for who looks after it."""
    return [
        {
            "hex": one.id.hex,
            "reference": one.reference,
            "words": EMERGENCIES.get(one.state, "To be reviewed"),
            "is_late": one.is_late,
        }
        for one in await emergency_showing.what_waits(who)
    ]


async def _renewals(who: Practitioner) -> list[dict[str, object]]:
    return [
        {
            "hex": one.room.hex,
            "reference": one.reference,
            "family_name": one.family_name,
            "why": due_words(one.due.why, one.due.until, clock.today()),
            "onward": f"/again/{one.giver.hex}" if one.may_renew else "",
        }
        for one in await renewing.agreements_to_renew(who)
    ]


def _card(room: MyRoom) -> dict[str, object]:
    lead = settings().lead_word
    words = lead if room.role is Role.LEAD_PROFESSIONAL else catalogue().roles[room.role]
    return {
        "hex": room.room.hex,
        "reference": room.reference,
        "family_name": room.family_name,
        "state": WAITING.get(TeamState(room.state), ""),
        "role": words,
        "meeting": time_words(room.next_meeting_at) if room.next_meeting_at else "",
        "is_new": room.new,
    }


ROUTES: list[BaseRoute] = [
    gated("/home", show_day, act=Act.LIST_ROOMS),
    gated("/rooms", show_rooms, act=Act.LIST_ROOMS),
]
