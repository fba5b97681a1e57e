"""The way to the confidentiality statement, and back to where one was going."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.statement import OWED
from policies.decision import Denied
from web.rendering import safe_headers

ASK_LATER = 428
_PAGES = {None, "document", ""}  # what a script fetches is no page to be led away from


def led_to_statement(request: Request, no: Denied) -> Response | None:
    """Return the way to the statement, where that alone keeps her out of a room's page.

    A script of a page that is open already is told to ask again later; the page stays.
    """
    room = request.path_params.get("room", "")
    if no.decision.why != OWED or not room:
        return None
    if request.headers.get("sec-fetch-dest") not in _PAGES:
        return Response(status_code=ASK_LATER, headers=safe_headers(request))
    going = request.url.path if request.method == "GET" else f"/rooms/{room}"
    return RedirectResponse(f"/rooms/{room}/statement?to={quote(going)}", status_code=303)


def way_on(room_hex: str, going: str) -> str:
    """Return where she was going, if it is a page of that room; else the room itself."""
    top = f"/rooms/{room_hex}"
    plain = going.replace("/", "").replace("-", "")
    return going if going.startswith(f"{top}/") and plain.isascii() and plain.isalnum() else top
