"""Emergency access: asking for it, ending it, and looking after it at the desk."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import emergency_answering, emergency_asking, emergency_showing
from consent.emergency import LASTS, Emergency, Finding, State
from consent.emergency_showing import ShownEmergency
from policies.act import Act
from server.directory.member import Practitioner
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import new_id, read_id
from web.decision_words import A_MOMENT
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import clock_words, day_words, practitioner_of, room_of, time_words
from web.route import gated
from web.session import keepers_of

ASK, DESK = "/emergency", "/desk/emergency"
STATES = {
    State.WAITING: ("Waiting for a second person", "govuk-tag--yellow"),
    State.LAPSED: ("Not opened", "govuk-tag--grey"),
    State.DECLINED: ("Not opened", "govuk-tag--grey"),
    State.OPEN: ("Open now", "govuk-tag--green"),
    State.ENDED: ("Ended", "govuk-tag--grey"),
}
FINDINGS = {Finding.RIGHT: "It was right", Finding.NOT_RIGHT: "It was not right"}
DONE = {
    "asked": "You have asked. If it is opened, it stands here.",
    "ended": "The access has ended.",
    "opened": "Opened for one hour. Who leads the room and the officers can see it now.",
    "declined": "It was not opened.",
    "reviewed": "Your review is recorded.",
    "before": "Somebody was before you. Here is how it stands.",
}


# ---------------------------------------------------------------- who asks


async def ask(request: Request) -> Response:
    """Show how to ask, and what became of one's own requests; take a new one."""
    who = await practitioner_of(request)
    if request.method != "POST":
        return await _ask(request, who, Form())
    form = await read_form(request)
    try:
        await emergency_asking.ask(
            who, form.text("reference"), form.text("reason"), form=read_id(form.text("id"))
        )
    except Invalid as wrong:
        return await _ask(request, who, form, wrong.faults)
    return RedirectResponse(f"{ASK}?done=asked", status_code=303)


async def _ask(
    request: Request, who: Practitioner, form: Form, faults: Mapping[str, str] | None = None
) -> Response:
    mine = await emergency_asking.own_emergencies(who)
    return await page(
        request,
        "emergency/ask.html",
        status=422 if faults else 200,
        form_id=form.text("id") or new_id().hex,
        typed={name: form.text(name) for name in ("reference", "reason")},
        mine=[_mine(one, state) for one, state in mine],
        done=_done(request),
        faults=summary(faults or {}),
        wrong=faults or {},
    )


def _mine(one: Emergency, state: State) -> dict[str, Any]:
    words, colour = STATES[state]
    return {
        "hex": one.id.hex,
        "reference": one.reference,
        "asked": time_words(one.asked_at),
        "waits_until": clock_words(one.asked_at + LASTS) if state is State.WAITING else "",
        "state": words,
        "colour": colour,
        "until": clock_words(one.until) if one.until and state is State.OPEN else "",
    }


async def leave(request: Request) -> Response:
    """End one's own access."""
    await _end(request)
    return RedirectResponse(f"{ASK}?done=ended", status_code=303)


# ---------------------------------------------------------------- who looks after it


async def show_desk(request: Request) -> Response:
    """Show an officer what waits for a second person or a review, what is open, what was found."""
    who = await practitioner_of(request)
    return await _list(request, await emergency_showing.list_at_desk(who))


async def show_of_room(request: Request) -> Response:
    """Show who leads a room the emergency accesses there were to it."""
    who, room = await practitioner_of(request), room_of(request)
    found = await emergency_showing.list_in_room(who, room)
    return await _list(request, found, room_hex=room.hex)


async def _list(
    request: Request, found: Sequence[ShownEmergency], *, room_hex: str = ""
) -> Response:
    shown = [_shown(one) for one in found]
    return await page(
        request,
        "emergency/list.html",
        to_do=[one for one in shown if one["wants_a_look"]],
        others=[one for one in shown if not one["wants_a_look"]],
        room_hex=room_hex,
        done=_done(request),
    )


async def show_one(request: Request) -> Response:
    """Show one emergency access whole, with what the reader may do about it."""
    return await _show(request, Form())


async def answer(request: Request) -> Response:
    """Open what was asked for, or do not."""
    who, emergency = await practitioner_of(request), _emergency_of(request)
    form = await read_form(request)
    opens = {"open": True, "decline": False}.get(form.text("answer"))
    done = "opened" if opens else "declined"
    try:
        await emergency_answering.answer(who, emergency, opens=opens, keepers=keepers_of(request))
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    except Conflict:
        done = "before"
    return _back(emergency, done)


async def end(request: Request) -> Response:
    """End somebody's access before its time."""
    await _end(request)
    return _back(_emergency_of(request), "ended")


async def _end(request: Request) -> None:
    who = await practitioner_of(request)
    await read_form(request)
    with suppress(Conflict):  # ended by itself, or by somebody else, a moment before
        await emergency_answering.end(who, _emergency_of(request), keepers=keepers_of(request))


async def review(request: Request) -> Response:
    """Record what the reviewer found."""
    who, emergency = await practitioner_of(request), _emergency_of(request)
    form = await read_form(request)
    finding = {one.value: one for one in Finding}.get(form.text("review"))
    try:
        await emergency_answering.review(
            who, emergency, finding, words=form.text("words"), keepers=keepers_of(request)
        )
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    except Conflict:
        return _back(emergency, "before")
    return _back(emergency, "reviewed")


async def _show(request: Request, form: Form, faults: Mapping[str, str] | None = None) -> Response:
    who = await practitioner_of(request)
    one = await emergency_showing.view_emergency(
        who, _emergency_of(request), keepers=keepers_of(request)
    )
    return await page(
        request,
        "emergency/one.html",
        status=422 if faults else 200,
        one=_shown(one),
        list_href=DESK if who.office else f"/rooms/{one.room.hex}/emergency",
        typed={name: form.text(name) for name in ("answer", "review", "words")},
        done=_done(request),
        faults=summary(faults or {}),
        wrong=faults or {},
    )


def _shown(one: ShownEmergency) -> dict[str, Any]:
    words, colour = STATES[one.state]
    return {
        "hex": one.id.hex,
        "reference": one.reference,
        "state": words,
        "colour": colour,
        "by": one.by,
        "by_title": one.by_title,
        "agency": one.agency,
        "asked": time_words(one.asked_at),
        "reason": one.reason,
        "waits_until": clock_words(one.waits_until),
        "second": one.second,
        "answered": time_words(one.answered_at) if one.answered_at else "",
        "until": time_words(one.until) if one.until else "",
        "ended": time_words(one.ended_at) if one.ended_at else "",
        "read": one.read,
        "review": FINDINGS[one.review] if one.review else "",
        "reviewed_by": one.reviewed_by,
        "reviewed": time_words(one.reviewed_at) if one.reviewed_at else "",
        "review_words": one.review_words,
        "due": day_words(london_day(one.review_due - A_MOMENT)) if one.review_due else "",
        "is_late": one.is_late,
        "may_answer": one.may_answer,
        "may_end": one.may_end,
        "may_review": one.may_review,
        "wants_a_look": one.state in {State.WAITING, State.OPEN}
        or (one.until is not None and one.review is None),
    }


def _emergency_of(request: Request) -> UUID:
    return read_id(request.path_params["emergency"])


def _back(emergency: UUID, done: str) -> Response:
    return RedirectResponse(f"{DESK}/{emergency.hex}?done={done}", status_code=303)


def _done(request: Request) -> str:
    return DONE.get(request.query_params.get("done", ""), "")


_ONE = DESK + "/{emergency}"

ROUTES: list[BaseRoute] = [
    gated(ASK, ask, act=Act.PREPARE_EMERGENCY),
    gated(ASK, ask, act=Act.ASK_EMERGENCY, methods=("POST",)),
    gated(ASK + "/{emergency}/end", leave, act=Act.END_EMERGENCY, methods=("POST",)),
    gated(DESK, show_desk, act=Act.LIST_EMERGENCIES),
    gated(_ONE, show_one, act=Act.LIST_EMERGENCIES),
    gated(_ONE + "/answer", answer, act=Act.ANSWER_EMERGENCY, methods=("POST",)),
    gated(_ONE + "/end", end, act=Act.END_EMERGENCY, methods=("POST",)),
    gated(_ONE + "/review", review, act=Act.REVIEW_EMERGENCY, methods=("POST",)),
    gated("/rooms/{room}/emergency", show_of_room, act=Act.LIST_EMERGENCIES),
]
