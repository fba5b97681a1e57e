"""Decisions about sharing in a room: those that concern the reader, and recording one."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import deciding, showing_decisions
from consent.showing_decisions import DecisionChoices
from policies.act import Act
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import RoomId, read_id
from web.decision_form import carried, linked, offers, read_back, told_in, typed_decision
from web.decision_words import shown_decision
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of, room_frame, room_of
from web.route import gated
from web.session import keepers_of

HERE = "/agreement"
DONE = {
    "recorded": "The decision is recorded. A second person looks at it within two working days.",
    "ended": "The sharing has ended. Who saw it by this decision does not see it any more.",
}


async def show_list(request: Request) -> Response:
    """Show the decisions that concern the reader, newest first."""
    who, room = await practitioner_of(request), room_of(request)
    shown = await showing_decisions.list_decisions(who, room, keepers=keepers_of(request))
    return await page(
        request,
        "decisions/list.html",
        decisions=[shown_decision(one) for one in shown],
        done=DONE.get(request.query_params.get("done", ""), ""),
        **room_frame(room, HERE),
    )


async def record(request: Request) -> Response:
    """Ask, read it back with who would see what, record it; nothing is recorded before."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else Form()
    offered = await showing_decisions.prepare_decision(
        who, room, keepers=keepers_of(request), after=_question(request)
    )
    go = form.text("go")
    if request.method != "POST" or go == "change":
        return await _ask(request, room, form, offered)
    told, faults = told_in(form)
    try:
        gains = await deciding.check_decision(who, room, told, keepers=keepers_of(request))
        if faults:
            return await _ask(request, room, form, offered, faults)
        if go != "record":
            return await page(
                request,
                "decisions/sure.html",
                carried=list(carried(form)),
                **read_back(told, offered, tuple(gains)),
                **room_frame(room, HERE),
            )
        await deciding.decide(who, room, told, keepers=keepers_of(request))
    except Invalid as wrong:
        return await _ask(request, room, form, offered, {**wrong.faults, **faults})
    except Conflict:
        # Sent twice: it stands already, and the list says so.
        return RedirectResponse(f"/rooms/{room.hex}/decisions", status_code=303)
    return RedirectResponse(f"/rooms/{room.hex}/decisions?done=recorded", status_code=303)


async def end(request: Request) -> Response:
    """End a sharing that the reader's own organisation decided on."""
    who, room = await practitioner_of(request), room_of(request)
    await read_form(request)
    decision = read_id(request.path_params["decision"])
    # Ended by itself, or by a colleague, a moment before: the list says how it stands.
    with suppress(Conflict):
        await deciding.end_sharing(who, room, decision, keepers=keepers_of(request))
    return RedirectResponse(f"/rooms/{room.hex}/decisions?done=ended", status_code=303)


def _question(request: Request) -> UUID | None:
    try:
        return read_id(request.query_params.get("after", ""))
    except NotFound:
        return None


async def _ask(
    request: Request,
    room: RoomId,
    form: Form,
    offered: DecisionChoices,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "decisions/new.html",
        status=422 if faults else 200,
        typed=typed_decision(form, offered),
        faults=summary(linked(faults or {})),
        wrong=faults or {},
        **offers(offered),
        **room_frame(room, HERE),
    )


_TOP = "/rooms/{room}/decisions"

ROUTES: list[BaseRoute] = [
    gated(_TOP, show_list, act=Act.VIEW_DECISION),
    gated(f"{_TOP}/new", record, act=Act.PREPARE_DECISION, methods=("GET", "POST")),
    gated(_TOP + "/{decision}/end", end, act=Act.END_DECISION, methods=("POST",)),
]
