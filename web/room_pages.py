"""The first page of a room: when the team meets, what is late, what a new room needs first."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from actions.viewing import LateAction, late_actions
from consent import confirming, showing_protection
from policies.act import Act
from policies.catalogue import catalogue
from rooms import meetings, viewing
from rooms.room import RoomFacts, check_call_link
from rooms.viewing import FirstPage
from server.directory.member import Practitioner
from server.directory.team import Role, TeamState
from server.kernel import clock
from server.kernel.clock import LONDON
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId
from server.kernel.settings import settings
from web.agreement_words import confirm_words
from web.days import PARTS, read_day, read_time, typed_day
from web.forms import Form, read_form, summary
from web.news_words import news_words
from web.protection_words import told_visitor
from web.rendering import fragment, page
from web.room_frame import day_words, practitioner_of, room_frame, room_of, time_words
from web.route import gated

HERE = ""
MEETING_LASTS = timedelta(hours=2)
FIELDS = {"day": "meeting-day", "time": "time", "call_link": "call_link"}


async def show_room(request: Request) -> Response:
    """Show the room; one that waits for its family's agreement has pages of its own."""
    first = await _first_page(request)
    if first.facts.team.state is not TeamState.OPEN:
        return RedirectResponse(f"/rooms/{first.facts.team.id.hex}/waiting", status_code=303)
    who, room = await practitioner_of(request), room_of(request)
    to_confirm = [confirm_words(one) for one in await confirming.stops_to_confirm(who, room=room)]
    visits = [told_visitor(one) for one in await showing_protection.warnings(who, room)]
    return await _show(
        request, first, _standing_meeting(first.facts), to_confirm=to_confirm, visits=visits
    )


async def show_room_again(request: Request) -> Response:
    """Show what changes on the page, to take the place of an older copy."""
    first = await _first_page(request)
    return await fragment(request, "room/room_fragment.html", **_news(first))


async def show_meeting_again(request: Request) -> Response:
    """Show when the team meets, to take the place of an older copy."""
    who, room = await practitioner_of(request), room_of(request)
    facts = await viewing.view_room(who, room)
    return await fragment(request, "room/meeting_fragment.html", **_top(facts))


async def schedule(request: Request) -> Response:
    """Set the next meeting and its call link; what was typed comes back if it is wrong."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request)
    typed = _typed(form)
    try:
        await _schedule(who, room, typed)
    except Invalid as wrong:
        return await _show(request, await _first_page(request), typed, wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}", status_code=303)


async def _schedule(who: Practitioner, room: RoomId, typed: Mapping[str, str]) -> None:
    faults: dict[str, str] = {}
    day: date | None = None
    try:
        day = read_day([typed[part] for part in PARTS])
    except Invalid as wrong:
        faults |= wrong.faults
    try:
        at = read_time(typed["time"])
    except Invalid as wrong:
        at = None
        faults |= wrong.faults
    try:
        check_call_link(typed["call_link"])
    except Invalid as wrong:
        faults |= wrong.faults
    await meetings.schedule_meeting(
        who, room, day=day, at=at, call_link=typed["call_link"], unread=faults
    )


async def _show(
    request: Request,
    first: FirstPage[LateAction],
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    *,
    to_confirm: Sequence[Mapping[str, str]] = (),
    visits: Sequence[Mapping[str, str]] = (),
) -> Response:
    found = faults or {}
    return await page(
        request,
        "room/room.html",
        status=422 if found else 200,
        typed=typed,
        faults=summary({FIELDS[name]: fault for name, fault in found.items()}),
        wrong=found,
        to_confirm=to_confirm,
        visits=visits,
        **(room_frame(first.facts.team.id, HERE) | _news(first)),
    )


async def _first_page(request: Request) -> FirstPage[LateAction]:
    who, room = await practitioner_of(request), room_of(request)
    return await viewing.view_first_page(who, room, beside=late_actions)


def _news(first: FirstPage[LateAction]) -> dict[str, Any]:
    return {
        **_top(first.facts),
        "news": news_words(first.news) if first.news else None,
        "steps": None if first.steps is None or first.steps.are_done else first.steps,
        "late": [_late(one) for one in first.beside],
    }


def _top(facts: RoomFacts) -> dict[str, Any]:
    return {
        "room_hex": facts.team.id.hex,
        "reference": facts.team.reference,
        "family_name": facts.family_name,
        "lead_name": facts.lead_name,
        "lead_agency": facts.lead_agency,
        "i_lead": facts.i_lead,
        "is_open_in_emergency": facts.is_open_in_emergency,
        "my_role": _role(facts.my_role),
        "meeting": _meeting(facts),
    }


def _meeting(facts: RoomFacts) -> dict[str, str] | None:
    at, link = facts.team.next_meeting_at, facts.team.call_link
    if at is None:
        return None
    is_over = clock.now() > at + MEETING_LASTS
    return {
        "at": time_words(at),
        "link": "" if is_over or link is None else link,
        "host": urlsplit(link).hostname or "" if link else "",
        "is_over": "yes" if is_over else "",
    }


def _late(shown: LateAction) -> dict[str, str]:
    return {
        "hex": shown.id.hex,
        "what": shown.what,
        "owner": "You" if shown.is_mine else shown.owner.name,
        "due": day_words(shown.due),
    }


def _role(role: Role) -> str:
    return settings().lead_word if role is Role.LEAD_PROFESSIONAL else catalogue().roles[role]


def _standing_meeting(facts: RoomFacts) -> dict[str, str]:
    at = facts.team.next_meeting_at
    local = at.astimezone(LONDON) if at else None
    return {
        "day": str(local.day) if local else "",
        "month": str(local.month) if local else "",
        "year": str(local.year) if local else "",
        "time": f"{local:%H:%M}" if local else "",
        "call_link": facts.team.call_link or "",
    }


def _typed(form: Form) -> dict[str, str]:
    return {
        **typed_day(form, "meeting"),
        "time": form.text("time"),
        "call_link": form.text("call_link"),
    }


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}", show_room, act=Act.VIEW_ROOM),
    gated("/rooms/{room}", schedule, act=Act.SCHEDULE_MEETING, methods=("POST",)),
    gated("/rooms/{room}/fragment", show_room_again, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/meeting/fragment", show_meeting_again, act=Act.VIEW_ROOM),
]
