"""The confidentiality statement: accepted once for each version, and on the day of a meeting."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import accepting
from policies.act import Act
from web.forms import read_form
from web.rendering import page
from web.room_frame import practitioner_of, room_of
from web.route import gated
from web.statement_way import way_on


async def show(request: Request) -> Response:
    """Show the statement, with where she was going."""
    who, room = await practitioner_of(request), room_of(request)
    found = await accepting.read_statement(who, room)
    return await page(
        request,
        "statement.html",
        sentences=found.sentences,
        version=found.version,
        room_hex=room.hex,
        going=way_on(room.hex, request.query_params.get("to", "")),
    )


async def answer(request: Request) -> Response:
    """Record what she says; accepted, she goes on to where she was going."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request)
    accepts = form.text("answer") == "accept"
    await accepting.answer_statement(who, room, accepts=accepts)
    going = way_on(room.hex, form.text("to")) if accepts else "/home"
    return RedirectResponse(going, status_code=303)


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}/statement", show, act=Act.READ_STATEMENT),
    gated("/rooms/{room}/statement", answer, act=Act.ANSWER_STATEMENT, methods=("POST",)),
]
