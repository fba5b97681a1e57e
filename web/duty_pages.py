"""From when the duty to share applies here: an information governance officer confirms the day."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import confirming_duty
from policies.act import Act
from server.kernel.errors import Invalid
from server.kernel.settings import settings
from web.days import PARTS, read_day, typed_day
from web.forms import read_form, summary
from web.rendering import page
from web.room_frame import day_words, practitioner_of, time_words
from web.route import gated

HERE = "/desk/duty"


async def show(request: Request) -> Response:
    """Show what was confirmed, with the day that the settings expect in the fields."""
    expected = settings().duty_expected_from
    return await _show(request, {part: str(getattr(expected, part)) for part in PARTS})


async def confirm(request: Request) -> Response:
    """Confirm the day."""
    who = await practitioner_of(request)
    typed = typed_day(await read_form(request), "starts_on")
    unread: dict[str, str] = {}
    try:
        day = read_day([typed[part] for part in PARTS])
    except Invalid as wrong:
        day, unread = None, {"starts_on": wrong.faults["day"]}
    try:
        await confirming_duty.confirm_duty(who, day)
    except Invalid as wrong:
        return await _show(request, typed, wrong.faults | unread)
    return RedirectResponse(f"{HERE}?done=yes", status_code=303)


async def _show(
    request: Request, typed: Mapping[str, str], faults: Mapping[str, str] | None = None
) -> Response:
    found = await confirming_duty.view_duty(await practitioner_of(request))
    return await page(
        request,
        "desk/duty.html",
        status=422 if faults else 200,
        confirmed=found
        and {
            "starts_on": day_words(found.start.starts_on),
            "by": found.by,
            "at": time_words(found.start.confirmed_at),
        },
        typed=typed,
        is_done=bool(request.query_params.get("done")),
        faults=summary({"starts_on-day": faults["starts_on"]} if faults else {}),
        wrong=faults or {},
    )


ROUTES: list[BaseRoute] = [
    gated(HERE, show, act=Act.VIEW_DUTY),
    gated(HERE, confirm, act=Act.CONFIRM_DUTY, methods=("POST",)),
]
