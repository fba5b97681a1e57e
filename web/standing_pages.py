"""Where an agreement stands: going on while its review is late, lifting, ending; what ends when."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import extending, forecasting, standing, suspending
from policies.act import Act
from policies.isa import IsaState
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid
from web.confirming_sign_in import fresh_of
from web.forms import read_form
from web.isa_pages import STATES
from web.rendering import page
from web.room_frame import day_words, practitioner_of
from web.route import gated
from web.sign_pages import ANOTHER_TEXT, code_of, listed, number_in


async def show(request: Request) -> Response:
    """Show where an agreement stands."""
    return await _shown(request)


async def extend(request: Request) -> Response:
    """Go on for 30 days, for one's own organisation."""
    return await _signed(request, extending.extend_isa)


async def lift(request: Request) -> Response:
    """Say that a suspended agreement may hold again."""
    return await _signed(request, suspending.lift_isa)


async def _signed(request: Request, operation: Callable[..., Awaitable[object]]) -> Response:
    """Do to the version that was shown what only a signing officer does, freshly signed in."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    version = number_in(form, "version")
    try:
        await operation(who, code, version=version, fresh=fresh_of(request))
    except Invalid as wrong:
        return await _shown(request, wrong.faults)
    except Conflict:
        return await _shown(request, {"version": ANOTHER_TEXT}, status=409)
    return RedirectResponse(_address(code), status_code=303)


async def end(request: Request) -> Response:
    """End an agreement for good."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    try:
        await suspending.end_isa(who, code, is_sure=form.is_ticked("sure"))
    except Invalid as wrong:
        return await _shown(request, wrong.faults)
    except Conflict:
        return await _shown(request, {"sure": ANOTHER_TEXT}, status=409)
    return RedirectResponse(_address(code), status_code=303)


async def show_ends(request: Request) -> Response:
    """Show which organisation is party to nothing from which day on, and in which rooms it sits."""
    found = await forecasting.forecast(await practitioner_of(request))
    return await page(
        request,
        "isa/ends.html",
        ends=[
            {
                "day": day_words(one.day),
                "agency": one.agency,
                "rooms": ", ".join(one.rooms),
                "count": len(one.rooms),
                "forbidden_no_more": one.forbidden_no_more,
            }
            for one in found
        ],
        last=day_words(london_day(clock.now() + forecasting.FORECAST)),
    )


async def _shown(
    request: Request, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    shown = await standing.view_standing(await practitioner_of(request), code_of(request))
    stands = shown.stands
    words, colour = STATES[IsaState.ENDED if shown.is_over else shown.state]
    return await page(
        request,
        "isa/standing.html",
        status=status if faults else 200,
        code=stands.isa.code,
        version=stands.isa.version,
        title=stands.isa.title,
        state=words,
        colour=colour,
        last_day=day_words(stands.isa.ends - timedelta(days=1)),
        agreed_last_day=day_words(stands.agreed_end - timedelta(days=1)),
        review=day_words(stands.isa.review_on),
        is_late=stands.may_until is not None,
        may_until=day_words(stands.may_until - timedelta(days=1)) if stands.may_until else "",
        extended=[
            {"name": shown.names[one.agency], "day": day_words(london_day(one.at))}
            for one in stands.extended
        ],
        lifting=[shown.names[one] for one in shown.lifting],
        is_suspended=shown.state is IsaState.SUSPENDED,
        may_extend=shown.may_extend,
        may_lift=shown.may_lift,
        may_end=shown.may_end,
        faults=listed(faults or {}),
    )


def _address(code: str) -> str:
    return f"/agreements/{code}/standing"


_ONE = "/agreements/{isa}"
_HERE = f"{_ONE}/standing"

ROUTES: list[BaseRoute] = [
    gated("/agreements/ends", show_ends, act=Act.FORESEE_POLICY),
    gated(_HERE, show, act=Act.PREPARE_SIGNATURE),
    gated(f"{_ONE}/extend", extend, act=Act.EXTEND_ISA, methods=("POST",), stands_on=_HERE),
    gated(f"{_ONE}/lift", lift, act=Act.LIFT_ISA, methods=("POST",), stands_on=_HERE),
    gated(f"{_ONE}/end", end, act=Act.END_ISA, methods=("POST",)),
]
