"""What the family agreed, and the one question that a change of mind leaves for the lead."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import confirming, renewing, viewing, withdrawing
from consent.viewing import ShownConsent
from documents import evidence
from policies.act import Act
from rooms import viewing as rooms
from server.directory.member import Practitioner
from server.directory.team import Role
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import RoomId, read_id
from web.agreement_words import confirm_words, joined, purpose_words, shown_consent, stop_words
from web.forms import Form, read_form, summary
from web.rendering import fragment, page
from web.renewing_pages import due_words
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated

HERE = "/agreement"
DONE = {
    "confirmed": "Recorded: your organisation has stopped using it for new work.",
    "renewed": "Recorded: nothing has changed. They are asked again by the new review day.",
    "scanned": "The signed form is added. Only you see it.",
    "recorded": "What was agreed is recorded. It counts from now on.",
    "stopped": "Stopped. Who lost it does not see it any more.",
    "answered": "Your answer is recorded.",
}


async def show(request: Request) -> Response:
    """Show per person what was agreed, as far as the reader may know."""
    return await _show(request, Form())


async def show_again(request: Request) -> Response:
    """Show the same alone, to take the place of an older copy."""
    who, room = await practitioner_of(request), room_of(request)
    return await fragment(
        request,
        "agreement/agreed.html",
        room_hex=room.hex,
        is_fresh=True,
        **await _agreed(who, room),
    )


async def answer(request: Request) -> Response:
    """Record the lead's answer: does it make a child less safe?"""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request)
    question = read_id(form.text("question"))
    less_safe = {"yes": True, "no": False}.get(form.text("less_safe"))
    try:
        await withdrawing.answer_less_safe(
            who, room, question, less_safe=less_safe, words=form.text("words")
        )
    except Invalid as wrong:
        faults = {_field(name, question): fault for name, fault in wrong.faults.items()}
        return await _show(request, form, faults)
    except Conflict:
        # Sent twice, or answered by the lead before: the page says how it stands.
        return RedirectResponse(f"/rooms/{room.hex}/agreement", status_code=303)
    done = f"unsafe&after={question.hex}" if less_safe else "answered"
    return RedirectResponse(f"/rooms/{room.hex}/agreement?done={done}", status_code=303)


async def _show(request: Request, form: Form, faults: Mapping[str, str] | None = None) -> Response:
    who, room = await practitioner_of(request), room_of(request)
    done = request.query_params.get("done", "")
    return await page(
        request,
        "agreement/agreement.html",
        status=422 if faults else 200,
        done=DONE.get(done, ""),
        is_unsafe=done == "unsafe",
        after=_question_in(request),
        purposes=purpose_words(),
        typed={name: form.text(name) for name in ("question", "less_safe", "words")},
        faults=summary(faults or {}),
        wrong=faults or {},
        **await _agreed(who, room),
        **room_frame(room, HERE),
    )


async def _agreed(who: Practitioner, room: RoomId) -> dict[str, Any]:
    shown = await viewing.view_agreement(who, room)
    places = await rooms.list_places(who, room)
    i_lead = any(one.member == who.id and one.role is Role.LEAD_PROFESSIONAL for one in places)
    return {
        "agreed": [shown_consent(one) for one in shown],
        "i_lead": i_lead,
        "agency_name": next((one.agency_name for one in places if one.member == who.id), ""),
        "questions": await _questions(who, room, shown) if i_lead else [],
        "due": await _due(who, room) if i_lead else {},
        "to_confirm": [
            confirm_words(one) for one in await confirming.stops_to_confirm(who, room=room)
        ],
        "stops": await _stops(who, room) if i_lead else {},
        "differ": await _differences(who, room) if i_lead else [],
        "scans": await _scans(who, room) if i_lead else {},
    }


async def confirm_stop(request: Request) -> Response:
    """Record that the organisation has stopped; sent twice, it stands once."""
    who, room = await practitioner_of(request), room_of(request)
    # Two of one organisation may press at once: then the other one's word stands already.
    with suppress(Conflict):
        await confirming.confirm_stop(who, room)
    return RedirectResponse(f"/rooms/{room.hex}/agreement?done=confirmed", status_code=303)


async def _stops(who: Practitioner, room: RoomId) -> dict[str, list[dict[str, str]]]:
    """Return what each of the family stopped, and which organisations have confirmed it."""
    by_giver: dict[str, list[dict[str, str]]] = {}
    for one in await confirming.stops_shown(who, room):
        by_giver.setdefault(one.giver.hex, []).append(stop_words(one))
    return by_giver


async def _differences(who: Practitioner, room: RoomId) -> list[dict[str, str]]:
    """Return where parents differ about a child, one line for what differs in the same way."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for one in await viewing.list_differences(who, room):
        key = (one.child, joined(one.yes), joined(one.no))
        lines.setdefault(key, []).append(f"{one.topic}, {one.agency}")
    return [
        {"child": child, "yes": yes, "no": no, "what": "; ".join(what)}
        for (child, yes, no), what in lines.items()
    ]


async def _scans(who: Practitioner, room: RoomId) -> dict[str, list[dict[str, str]]]:
    """Return the scans of signed forms, by whoever signed them."""
    return {
        giver.hex: [
            {"hex": one.document.hex, "on": day_words(london_day(one.added_at))} for one in scans
        ]
        for giver, scans in (await evidence.list_scans(who, room)).items()
    }


async def _due(who: Practitioner, room: RoomId) -> dict[str, dict[str, object]]:
    """Return what is to be looked at again, by whoever said it."""
    return {
        one.giver.hex: {
            "words": due_words(one.due.why, one.due.until, clock.today()),
            "may_renew": one.may_renew,
        }
        for one in await renewing.agreements_to_renew(who, room=room)
    }


async def _questions(
    who: Practitioner, room: RoomId, shown: list[ShownConsent]
) -> list[dict[str, str]]:
    givers = {one.id: one.giver for one in shown}
    return [
        {
            "hex": one.id.hex,
            "giver": givers.get(one.consent, ""),
            "on": day_words(london_day(one.asked_at)),
            "less_safe": _field("less_safe", one.id),
            "words": _field("words", one.id),
        }
        for one in await withdrawing.list_questions(who, room)
    ]


def _question_in(request: Request) -> str:
    """Return the question just answered with yes, which the next form begins from; "" if none."""
    try:
        return read_id(request.query_params.get("after", "")).hex
    except NotFound:
        return ""


def _field(name: str, question: UUID) -> str:
    return f"{name}-{question.hex}"


_TOP = "/rooms/{room}/agreement"

ROUTES: list[BaseRoute] = [
    gated(_TOP, show, act=Act.VIEW_CONSENT),
    gated(f"{_TOP}/fragment", show_again, act=Act.VIEW_CONSENT),
    gated(f"{_TOP}/stopped", confirm_stop, act=Act.CONFIRM_STOP, methods=("POST",)),
    gated(f"{_TOP}/question", answer, act=Act.ANSWER_LESS_SAFE, methods=("POST",)),
]
