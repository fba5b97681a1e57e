"""For whom by name a part, a document or an action is: changed, with the reason."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import naming_people
from policies.act import Act
from server.kernel.errors import Invalid
from server.kernel.ids import MemberId, read_id
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of, room_frame, room_of
from web.route import gated
from web.session import keepers_of

HERE = "/plan"


async def show(request: Request) -> Response:
    """Show who is named, to be changed."""
    return await _show(request)


async def change(request: Request) -> Response:
    """Change who is named."""
    who, room, thing = await practitioner_of(request), room_of(request), _thing_of(request)
    form = await read_form(request)
    named = frozenset(MemberId(read_id(one)) for one in form.all("named"))
    try:
        await naming_people.change_names(
            who, room, thing, named, why=form.text("why"), keepers=keepers_of(request)
        )
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}/names/{thing.hex}?done=yes", status_code=303)


async def _show(
    request: Request, form: Form | None = None, faults: Mapping[str, str] | None = None
) -> Response:
    who, room, thing = await practitioner_of(request), room_of(request), _thing_of(request)
    found = await naming_people.prepare_names(who, room, thing, keepers=keepers_of(request))
    named = form.all("named") if form else [one.hex for one in found.named]
    return await page(
        request,
        "plan/names.html",
        status=422 if faults else 200,
        title=found.title,
        thing_hex=thing.hex,
        is_closed=found.is_closed,
        places={one.hex: name for one, name in found.places.items()},
        typed={"named": named, "why": form.text("why") if form else ""},
        is_done=request.query_params.get("done") == "yes",
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


def _thing_of(request: Request) -> UUID:
    return read_id(request.path_params["thing"])


_NAMES = "/rooms/{room}/names/{thing}"

ROUTES: list[BaseRoute] = [
    gated(_NAMES, show, act=Act.PREPARE_NAMES),
    gated(_NAMES, change, act=Act.CHANGE_NAMES, methods=("POST",)),
]
