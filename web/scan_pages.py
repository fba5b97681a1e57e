"""The scan of a form that was signed, added to what somebody agreed."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from documents import evidence
from documents.content import FIELD
from documents.document import readable_size
from documents.uploading import Arrival
from policies.act import Act
from server.directory.member import Practitioner
from server.kernel.errors import Invalid
from server.kernel.ids import DocumentId, PersonId, RoomId, new_id, read_id
from server.kernel.settings import settings
from web.forms import summary
from web.receiving import CHOOSE_A_FILE, CHOOSE_AGAIN, Received, receive
from web.rendering import page
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.upload_form import CutOff, UploadForm

HERE = "/agreement"
SIGNED_PAPER = "signed_paper"


def way_on(room: RoomId, giver: str, how: str, done: str) -> str:
    """Return where one comes after recording: what was signed on paper may have a scan."""
    top = f"/rooms/{room.hex}/agreement"
    is_paper = how == SIGNED_PAPER
    return f"{top}/{giver}/scan?after=recorded" if is_paper else f"{top}?done={done}"


async def ask(request: Request) -> Response:
    """Ask for the file; what was agreed is recorded already, whatever becomes of it."""
    who, room = await practitioner_of(request), room_of(request)
    return await _ask(request, who, room, {})


async def take(request: Request) -> Response:
    """Take the scan in; if anything is wrong with it, ask for it again."""
    who, room, giver = await practitioner_of(request), room_of(request), _giver_of(request)
    # Not a byte of the form is looked at before the gate has let its sender in.
    await evidence.prepare_scan(who, room, giver)
    form = UploadForm(request)

    async def keep(arrival: Arrival, name: str, received: Received) -> DocumentId:
        del received
        return await evidence.keep_scan(arrival, who, room, name, giver=giver)

    try:
        await receive(form, who, room, Received(), keep)
    except CutOff:
        return Response(status_code=400)
    except Invalid as wrong:
        try:
            await form.drain(2 * settings().upload_limit_bytes)
        except CutOff:
            return Response(status_code=400)
        return await _ask(request, who, room, wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}/agreement?done=scanned", status_code=303)


async def _ask(
    request: Request, who: Practitioner, room: RoomId, faults: Mapping[str, str]
) -> Response:
    giver = _giver_of(request)
    about = await evidence.prepare_scan(who, room, giver)
    return await page(
        request,
        "agreement/scan.html",
        status=422 if faults else 200,
        giver=about.giver,
        giver_hex=giver.hex,
        given_on=day_words(about.given_on),
        is_new=request.query_params.get("after") == "recorded",
        document=new_id().hex,
        limit=readable_size(settings().upload_limit_bytes),
        choose_again=CHOOSE_AGAIN if faults.get(FIELD, CHOOSE_A_FILE) != CHOOSE_A_FILE else "",
        faults=summary(faults),
        wrong=faults,
        **room_frame(room, HERE),
    )


def _giver_of(request: Request) -> PersonId:
    return PersonId(read_id(request.path_params["person"]))


_SCAN = "/rooms/{room}/agreement/{person}/scan"

ROUTES: list[BaseRoute] = [
    gated(_SCAN, ask, act=Act.PREPARE_CONSENT),
    gated(_SCAN, take, act=Act.PREPARE_CONSENT, methods=("POST",)),
]
