"""'Say this is wrong': the family's form, and the answer it gets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from policies.act import Act
from rooms import objecting
from rooms.objection import ANSWER_WITHIN, Objection, Outcome
from server.directory.member import FamilyMember
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import SectionId, new_id, read_id
from web.forms import Form, read_form, summary
from web.language import N_, gettext
from web.rendering import page
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.session import member_of

HERE = "/plan"
OUTCOMES = {
    Outcome.CHANGED: N_("We have changed it"),
    Outcome.NOT_CHANGED: N_("We have not changed it, and say why"),
}


async def ask_what_is_wrong(request: Request) -> Response:
    """Ask somebody of the family what is wrong, and show what she said before."""
    return await _ask(request, Form(), {})


async def say_wrong(request: Request) -> Response:
    """Take down what she says is wrong; it goes to those who answer."""
    who = await member_of(request)
    form = await read_form(request, may_turn=True)
    if form.is_turned:
        return await _ask(request, form, form.faults)
    try:
        await objecting.say_wrong(
            who,
            room_of(request),
            _section_of(request),
            words=form.text("words"),
            form=_id_in(form, "form"),
        )
    except Invalid as wrong:
        return await _ask(request, form, wrong.faults)
    return RedirectResponse("/y/plan?done=said", status_code=303)


async def _ask(request: Request, form: Form, faults: Mapping[str, str]) -> Response:
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    room, section = room_of(request), _section_of(request)
    said = await objecting.objections_of_mine(who, room, section)
    return await page(
        request,
        "family/wrong.html",
        status=422 if faults else 200,
        address=f"/y/plan/{room.hex}/{section.hex}/wrong",
        said=[objection_words(one) for one in said],
        answer_by=day_words(clock.today() + ANSWER_WITHIN),
        form_id=form.text("form") or new_id().hex,
        typed={"words": form.text("words")},
        faults=summary(faults),
        wrong=faults,
    )


async def show_said(request: Request) -> Response:
    """Show those who answer what the family says is wrong in a part."""
    return await _show_said(request, Form(), {})


async def answer(request: Request) -> Response:
    """Record the answer, which stands on her page from now on."""
    who, room, section = await practitioner_of(request), room_of(request), _section_of(request)
    form = await read_form(request)
    outcome = next((one for one in Outcome if one == form.text("outcome")), None)
    objection = _id_in(form, "objection")
    try:
        await objecting.answer_objection(
            who, room, section, objection, outcome=outcome, words=form.text("words")
        )
    except Invalid as wrong:
        faults = {f"{name}-{objection.hex}": fault for name, fault in wrong.faults.items()}
        return await _show_said(request, form, faults)
    except Conflict:
        # Sent twice, or answered by a colleague before: the page says how it stands.
        pass
    return RedirectResponse(f"/rooms/{room.hex}/plan/{section.hex}/wrong", status_code=303)


async def _show_said(request: Request, form: Form, faults: Mapping[str, str]) -> Response:
    who, room, section = await practitioner_of(request), room_of(request), _section_of(request)
    found = await objecting.objections_to_answer(who, room, section)
    return await page(
        request,
        "plan/wrong.html",
        status=422 if faults else 200,
        section_hex=section.hex,
        said=[{**objection_words(one.objection), "who": one.said_by} for one in found],
        outcomes={one.value: words for one, words in OUTCOMES.items()},
        typed={name: form.text(name) for name in ("objection", "outcome", "words")},
        faults=summary(faults),
        wrong=faults,
        **room_frame(room, HERE),
    )


def objection_words(one: Objection) -> dict[str, Any]:
    """Return what was said to be wrong, and the answer, as pages show it."""
    return {
        "hex": one.id.hex,
        "on": day_words(london_day(one.said_at)),
        "words": one.words,
        "answer_by": day_words(one.answer_by),
        "is_late": one.answered_at is None and clock.today() > one.answer_by,
        "answered_on": day_words(london_day(one.answered_at)) if one.answered_at else "",
        "outcome": gettext(OUTCOMES[one.outcome]) if one.outcome else "",
        "answer": one.answer,
    }


def _section_of(request: Request) -> SectionId:
    return SectionId(read_id(request.path_params["section"]))


def _id_in(form: Form, name: str) -> UUID:
    return read_id(form.text(name))


ROUTES: list[BaseRoute] = [
    gated("/y/plan/{room}/{section}/wrong", ask_what_is_wrong, act=Act.LIST_OBJECTIONS),
    gated("/y/plan/{room}/{section}/wrong", say_wrong, act=Act.SAY_WRONG, methods=("POST",)),
    gated("/rooms/{room}/plan/{section}/wrong", show_said, act=Act.LIST_OBJECTIONS),
    gated(
        "/rooms/{room}/plan/{section}/wrong",
        answer,
        act=Act.ANSWER_OBJECTION,
        methods=("POST",),
    ),
]
