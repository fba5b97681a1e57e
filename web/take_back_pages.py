"""Words in the wrong place: the author's form, who had received them, and where officers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from policies.act import Act
from rooms import taking_back
from rooms.passages import Passage
from rooms.taking_back import Name, Told
from server.kernel.errors import Invalid
from server.kernel.ids import SectionId, read_id
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of, room_frame, room_of, time_words
from web.route import gated
from web.session import keepers_of

HERE = "/plan"
SHOWN_LETTERS = 600


async def ask_which(request: Request) -> Response:
    """Show what she wrote in a part, to choose from; or that it was taken back just now."""
    done = request.query_params.get("done", "")
    if not done:
        return await _ask(request, Form(), {})
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    told = await taking_back.taken_back(who, room, section_id, read_id(done))
    return await page(
        request,
        "plan/taken_back.html",
        section_hex=section_id.hex,
        told=told_words(told),
        **room_frame(room, HERE),
    )


async def look_first(request: Request) -> Response:
    """Show who has received what she chose, before anything is taken back."""
    await practitioner_of(request)
    form = await read_form(request)
    try:
        return await _ask(request, form, {}, chosen=form.all("passages") or [""])
    except Invalid as wrong:
        return await _ask(request, form, wrong.faults)


async def take_back(request: Request) -> Response:
    """Take back what she chose."""
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    form = await read_form(request)
    try:
        taken = await taking_back.take_back(
            who, room, section_id, chosen=form.all("passages"), keepers=keepers_of(request)
        )
    except Invalid as wrong:
        return await _ask(request, form, wrong.faults)
    address = f"/rooms/{room.hex}/plan/{section_id.hex}/take-back?done={taken.hex}"
    return RedirectResponse(address, status_code=303)


async def _ask(
    request: Request, form: Form, faults: Mapping[str, str], *, chosen: Sequence[str] = ()
) -> Response:
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    asked = await taking_back.words_of_mine(who, room, section_id, chosen=chosen)
    return await page(
        request,
        "plan/take_back.html",
        status=422 if faults else 200,
        section_hex=section_id.hex,
        heading=asked.section.heading,
        passages=[_passage(one) for one in reversed(asked.passages)],
        chosen=[_passage(one) for one in asked.chosen],
        received=_names(asked.received),
        typed={"passages": form.all("passages")},
        faults=summary(faults),
        wrong=faults,
        **room_frame(room, HERE),
    )


async def show_at_desk(request: Request) -> Response:
    """Show the information governance officer where words were taken back lately."""
    found = await taking_back.list_at_desk(await practitioner_of(request))
    return await page(request, "desk/taken_back.html", told=[told_words(one) for one in found])


def told_words(told: Told) -> dict[str, Any]:
    """Return that words were taken back, as pages show it."""
    taken = told.taken
    return {
        "room_hex": taken.room.hex,
        "section_hex": taken.section.hex,
        "reference": told.reference,
        "heading": told.heading,
        "at": time_words(taken.at),
        "by": _name(told.by),
        "passages": taken.passages,
        "received": _names(told.received),
    }


def _passage(one: Passage) -> dict[str, Any]:
    words = one.words
    return {
        "id": one.id,
        "words": words[:SHOWN_LETTERS] + ("…" if len(words) > SHOWN_LETTERS else ""),
        "at": time_words(one.first_at),
        "is_gone": one.gone_at is not None,
    }


def _names(people: Sequence[Name]) -> list[str]:
    return [_name(one) for one in people]


def _name(one: Name) -> str:
    name, agency = one
    return f"{name}, {agency}" if agency else name


def _section_of(request: Request) -> SectionId:
    return SectionId(read_id(request.path_params["section"]))


_TOP = "/rooms/{room}/plan/{section}/take-back"

ROUTES: Sequence[BaseRoute] = [
    gated(_TOP, ask_which, act=Act.PREPARE_TAKE_BACK),
    gated(_TOP, look_first, act=Act.PREPARE_TAKE_BACK, methods=("POST",)),
    gated(f"{_TOP}/now", take_back, act=Act.TAKE_BACK, methods=("POST",), stands_on=_TOP),
    gated("/desk/taken-back", show_at_desk, act=Act.LIST_TAKEN_BACK),
]
