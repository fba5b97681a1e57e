"""Opening a room: is there a plan already, whom is it about, waiting for a yes, or a no."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import disposing
from consent.family import Person, age_on
from policies.act import Act
from rooms import opening, viewing
from rooms.room import RoomFacts
from server.directory.team import TeamState
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import new_id, read_id
from web.family_form import RELATIONS, TypedFamily, linked, read_family
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import day_words, practitioner_of, room_of
from web.route import gated
from web.session import keepers_of

_REMOVE = re.compile(r"remove-(\d{1,3})", re.ASCII)


async def check_register(request: Request) -> Response:
    """Ask whether a plan exists already; answer with one of two sentences and no more."""
    who = await practitioner_of(request)
    await opening.prepare_room(who)
    form = await _form(request)
    typed = read_family(form)
    changed = _changed(form, typed)
    if request.method != "POST" or changed is not None:
        return await page(request, "opening/check.html", typed=changed or typed)
    faults = typed.faults()
    if not faults:
        try:
            known = await opening.check_register(who, typed.form())
        except Invalid as wrong:
            faults = wrong.faults
        else:
            # No redirection: names of a family may stand in no address, nor wait in a session.
            return await page(request, "opening/checked.html", known=known, carried=typed.fields())
    return await page(
        request,
        "opening/check.html",
        status=422,
        typed=typed,
        faults=summary(linked(faults)),
        wrong=faults,
    )


async def open_room(request: Request) -> Response:
    """Ask the fewest facts: who it is about, then who answers for the children; propose a room."""
    who = await practitioner_of(request)
    await opening.prepare_room(who)
    form = await _form(request)
    typed, form_id = read_family(form), _form_id(form)
    press = form.text("press")
    changed = _changed(form, typed)
    if request.method != "POST" or changed is not None or press == "people":
        return await _ask_people(request, form_id, changed or typed)
    faults = typed.faults()
    about_children = {name: fault for name, fault in faults.items() if "answers_for" in name}
    if len(faults) > len(about_children):
        return await _ask_people(request, form_id, typed, faults)
    if press != "save" or about_children:
        return await _ask_who_answers(request, form_id, typed, about_children)
    try:
        room = await opening.open_room(who, typed.form(), form_id=form_id)
    except Invalid as wrong:
        return await _ask_people(request, form_id, typed, wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}/waiting", status_code=303)


async def show_waiting(request: Request) -> Response:
    """Show what may be done before the family says yes."""
    who, room = await practitioner_of(request), room_of(request)
    facts = await viewing.view_room(who, room)
    elsewhere = _elsewhere(facts, here=TeamState.PROPOSED)
    if elsewhere:
        return RedirectResponse(elsewhere, status_code=303)
    people = await viewing.family_people(who, room)
    return await page(
        request,
        "opening/waiting.html",
        people=[_person(one) for one in people],
        **_facts(facts),
    )


async def decline(request: Request) -> Response:
    """Delete what was entered."""
    who, room = await practitioner_of(request), room_of(request)
    await read_form(request)
    with suppress(Conflict):  # sent twice, or agreed meanwhile: the page says how it stands
        await disposing.decline(who, room, keepers=keepers_of(request))
    return RedirectResponse(f"/rooms/{room.hex}/declined", status_code=303)


async def show_decline(request: Request) -> Response:
    """Say what a no deletes, or that it is done."""
    who, room = await practitioner_of(request), room_of(request)
    facts = await viewing.view_room(who, room)
    if facts.team.state is TeamState.OPEN:
        return RedirectResponse(f"/rooms/{room.hex}", status_code=303)
    template = "declined" if facts.team.state is TeamState.DECLINED else "decline"
    return await page(request, f"opening/{template}.html", **_facts(facts))


async def _form(request: Request) -> Form:
    return await read_form(request) if request.method == "POST" else Form()


def _changed(form: Form, typed: TypedFamily) -> TypedFamily | None:
    """Return the rows with one more or one less, if that is what was pressed."""
    press = form.text("press")
    if press == "add":
        return typed.with_one_more()
    found = _REMOVE.fullmatch(press)
    return typed.without(int(found[1])) if found else None


async def _ask_people(
    request: Request, form_id: UUID, typed: TypedFamily, faults: Mapping[str, str] | None = None
) -> Response:
    return await page(
        request,
        "opening/family.html",
        status=422 if faults else 200,
        form_id=form_id.hex,
        typed=typed,
        faults=summary(linked(faults or {})),
        wrong=faults or {},
    )


async def _ask_who_answers(
    request: Request, form_id: UUID, typed: TypedFamily, faults: Mapping[str, str]
) -> Response:
    return await page(
        request,
        "opening/answers.html",
        status=422 if faults else 200,
        form_id=form_id.hex,
        typed=typed,
        carried=typed.fields(),
        relations=RELATIONS,
        faults=summary(faults),
        wrong=faults,
    )


def _form_id(form: Form) -> UUID:
    """Return the id made with the form, so that the form sent twice opens one room."""
    text = form.text("form_id")
    return _read(text) if text else new_id()


def _read(text: str) -> UUID:
    try:
        return read_id(text)
    except NotFound as fault:
        raise Invalid({"form": "Send the form as it stands on the page."}) from fault


def _elsewhere(facts: RoomFacts, *, here: TeamState) -> str:
    """Return where the room stands now, if that is another page."""
    if facts.team.state is here:
        return ""
    top = f"/rooms/{facts.team.id.hex}"
    return f"{top}/declined" if facts.team.state is TeamState.DECLINED else top


def _facts(facts: RoomFacts) -> dict[str, Any]:
    since = london_day(facts.team.proposed_at)
    return {
        "room_hex": facts.team.id.hex,
        "reference": facts.team.reference,
        "family_name": facts.family_name,
        "since": day_words(since),
        "kept_until": day_words(since + timedelta(days=disposing.WAITS_DAYS)),
    }


def _person(person: Person) -> dict[str, str]:
    age = ""
    if person.born is not None:
        years = age_on(person.born, clock.today())
        age = f"{years}" if years else "under 1"
    return {"name": person.name, "age": age, "reach": person.reach}


ROUTES: list[BaseRoute] = [
    gated("/rooms/new/check", check_register, act=Act.PREPARE_ROOM, methods=("GET", "POST")),
    gated("/rooms/new/family", open_room, act=Act.PREPARE_ROOM, methods=("GET", "POST")),
    gated("/rooms/{room}/waiting", show_waiting, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/declined", show_decline, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/declined", decline, act=Act.DECLINE_ROOM, methods=("POST",)),
]
