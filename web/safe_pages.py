"""Is it safe to look? What somebody of a family is shown before her page, the first time."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import reaching
from policies.act import Act
from server.identity.coming_again import is_just_after_code
from server.kernel import clock
from server.kernel.errors import Invalid
from server.kernel.settings import settings
from web.forms import read_form, summary
from web.own_door_pages import door_of
from web.rendering import page
from web.route import gated


async def show(request: Request) -> Response:
    """Show how to look safely, and ask how we may get in touch."""
    who, _ = door_of(request)
    return await _show(request, await reaching.view_reach(who))


async def say(request: Request) -> Response:
    """Keep how we may get in touch, and go on: just after a code, to a way of her own."""
    who, _ = door_of(request)
    form = await read_form(request, may_turn=True)
    reach = form.text("reach")
    if form.is_turned:
        return await _show(request, reach, form.faults)
    try:
        await reaching.say_reach(who, reach)
    except Invalid as wrong:
        return await _show(request, reach, wrong.faults)
    return RedirectResponse(_onward(request), status_code=303)


async def _show(request: Request, reach: str, faults: Mapping[str, str] | None = None) -> Response:
    wrong = dict(faults or {})
    return await page(
        request,
        "family/safe.html",
        status=422 if wrong else 200,
        reach=reach,
        wrong=wrong,
        faults=summary(wrong),
        onward=_onward(request),
        idle_min=settings().family_idle_min,
        contact=settings().contact,
    )


def _onward(request: Request) -> str:
    _, session = door_of(request)
    return "/y/own" if is_just_after_code(session, clock.now()) else "/y/home"


ROUTES: list[BaseRoute] = [
    gated("/y/safe", show, act=Act.VIEW_OWN_DOOR),
    gated("/y/safe", say, act=Act.SAY_REACH, methods=("POST",)),
]
