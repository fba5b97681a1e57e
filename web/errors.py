"""Errors into status and words; the one place that does.

Unknown and forbidden are one answer: the same page, the same status, and leaving at the same
beat of the clock, whatever work came before it.
"""

import asyncio
import math
import time
from typing import Any, cast
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ExceptionHandler

from server.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    NotFresh,
    NotSignedIn,
    Refused,
    TacroomError,
    TooMuch,
    Unavailable,
)
from web.confirming_sign_in import ask_to_confirm
from web.language import N_, gettext
from web.rendering import page, with_safe_headers

BEAT_S = 0.1
"""Answers of 'cannot be shown' leave at whole tenths of a second after the request came."""

NO_SUCH_PAGE = frozenset({404, 405})


class ComesFromElsewhere(TacroomError):
    """A form that was not filled in on a page of ours, or before the sign-in changed."""

    sentence = N_(
        "This form was opened before you last signed in, or on another site. Nothing was changed."
        " Go back, load the page again and send it once more."
    )


_PROBLEMS: tuple[tuple[type[TacroomError], int, str], ...] = (
    (ComesFromElsewhere, 403, N_("This form cannot be taken")),
    (Conflict, 409, N_("Somebody else changed this")),
    (TooMuch, 413, N_("That is too much at once")),
    (Invalid, 422, N_("There is a problem")),
    (Unavailable, 503, N_("Not just now")),
    (TacroomError, 500, N_("Something went wrong")),
)


async def answer_to(request: Request, fault: TacroomError) -> Response:
    """Return the answer to an error of ours."""
    if isinstance(fault, NotSignedIn):
        return _to_sign_in(request)
    if isinstance(fault, NotFresh):
        return await ask_to_confirm(request, fault)
    if isinstance(fault, Refused | NotFound):
        return await cannot_be_shown(request)
    status, heading = next(
        (status, heading) for kind, status, heading in _PROBLEMS if isinstance(fault, kind)
    )
    return await _problem(request, status, heading, fault)


async def cannot_be_shown(request: Request) -> Response:
    """Return the answer to all that is unknown or forbidden.

    Threat T-01: it must not tell one from the other, so it is padded to the next beat.
    """
    # Not even its own address stands in it, so that it is one page, byte by byte.
    answer = await page(request, "cannot_be_shown.html", status=404, this_page="/")
    return await on_the_beat(request, answer)


async def on_the_beat(request: Request, answer: Response) -> Response:
    """Return an answer at the next beat of the clock, whatever work came before it."""
    arrived: float = getattr(request.state, "arrived", time.monotonic())
    took = time.monotonic() - arrived
    await asyncio.sleep(math.ceil(took / BEAT_S) * BEAT_S - took)
    return answer


async def _of_ours(request: Request, fault: Exception) -> Response:
    return await answer_to(request, cast("TacroomError", fault))


async def _of_starlette(request: Request, fault: Exception) -> Response:
    status = cast("HTTPException", fault).status_code
    if status in NO_SUCH_PAGE:
        return await cannot_be_shown(request)
    return await _problem(request, status, N_("This cannot be done"), TacroomError())


async def _of_nobody(request: Request, fault: Exception) -> Response:
    # The server's own log has the traceback; the page has none of it.
    del fault
    return await _problem(request, 500, N_("Something went wrong"), TacroomError())


HANDLERS: dict[Any, ExceptionHandler] = {
    TacroomError: _of_ours,
    HTTPException: _of_starlette,
    Exception: _of_nobody,
}
"""For `Starlette(exception_handlers=...)`."""


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("sec-fetch-dest") == "empty":
        # Our script asks for a piece of a page: a whole other page must not land in it.
        return with_safe_headers(request, Response(status_code=401))
    wanted = request.url.path
    # A family's time is up soonest: she comes straight to her own door, and back to her page.
    door = "/y/in" if wanted.startswith("/y/") else "/"
    is_page = request.method == "GET" and wanted != "/"
    return RedirectResponse(f"{door}?to={quote(wanted)}" if is_page else door, status_code=303)


async def _problem(request: Request, status: int, heading: str, fault: TacroomError) -> Response:
    sentences = list(fault.faults.values()) if isinstance(fault, Invalid) else [fault.sentence]
    return await page(
        request,
        "problem.html",
        status=status,
        heading=gettext(heading),
        sentences=[gettext(sentence) for sentence in sentences],
    )
