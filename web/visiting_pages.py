"""What an emergency access opens of a room: parts of the plan, documents to look at, actions.

Each is opened, and recorded, by itself; of the rest of the room nothing is there.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from actions import viewing as actions
from actions.viewing import ShownAction
from consent.emergency import Emergency
from consent.emergency_visiting import come_in
from documents import viewing as documents
from documents.document import How
from documents.viewing import ShownDocument
from policies.act import Act
from rooms import reading
from rooms.reading import ShownPart
from server.directory.member import Practitioner
from server.kernel.ids import ActionId, DocumentId, SectionId, read_id
from web.action_pages import WORDS
from web.document_pages import sent
from web.rendering import page
from web.room_frame import clock_words, day_words, practitioner_of
from web.route import gated
from web.session import keepers_of


async def show_room(request: Request) -> Response:
    """Show what the access opens, by heading: nothing of it is read yet."""
    who = await practitioner_of(request)
    found, parts = await reading.parts_in_emergency(who, read_id(request.path_params["emergency"]))
    acts = await actions.list_without_place(who, found.room, keepers=keepers_of(request))
    return await page(
        request,
        "emergency/parts.html",
        one=_visited(found),
        parts=[_part(one) for one in parts],
        documents=[_document(one) for one in await documents.list_without_place(who, found.room)],
        actions=[_action(one) for one in acts],
    )


async def show_part(request: Request) -> Response:
    """Show the words of one part of the plan."""
    who = await practitioner_of(request)
    section = SectionId(read_id(request.path_params["section"]))
    emergency = read_id(request.path_params["emergency"])
    found, part = await reading.read_in_emergency(who, emergency, section)
    return await page(
        request, "emergency/part.html", one=_visited(found), part=_part(part), html=part.html
    )


async def show_document(request: Request) -> Response:
    """Show what a document is; its bytes are opened by a press."""
    who, found = await _come_in(request)
    shown = await documents.view_document(who, found.room, _document_of(request))
    return await page(
        request, "emergency/document.html", one=_visited(found), document=_document(shown)
    )


async def look(request: Request) -> Response:
    """Send a document's bytes to be looked at, for as long as the access is open; never a copy."""
    who, found = await _come_in(request)
    opened = await documents.open_document(who, found.room, _document_of(request), how=How.LOOKED)
    return sent(opened, "inline")


async def show_action(request: Request) -> Response:
    """Show what is to be done, by whom and by when."""
    who, found = await _come_in(request)
    action = ActionId(read_id(request.path_params["action"]))
    shown, _ = await actions.view_action(who, found.room, action, keepers=keepers_of(request))
    return await page(
        request,
        "emergency/action.html",
        one=_visited(found),
        action={**_action(shown), "what": shown.action.what},
    )


async def _come_in(request: Request) -> tuple[Practitioner, Emergency]:
    who = await practitioner_of(request)
    return who, await come_in(who, read_id(request.path_params["emergency"]))


def _visited(found: Emergency) -> dict[str, str]:
    return {
        "hex": found.id.hex,
        "reference": found.reference,
        "until": clock_words(found.until) if found.until else "",
    }


def _part(part: ShownPart) -> dict[str, Any]:
    return {
        "hex": part.section.id.hex,
        "title": part.section.heading,
        "about": ", ".join(part.about),
        "topics": ", ".join(part.topics),
        "origins": ", ".join(part.origins),
    }


def _document(shown: ShownDocument) -> dict[str, Any]:
    return {
        "hex": shown.document.id.hex,
        "name": shown.document.name,
        "about": ", ".join(shown.about),
        "topics": ", ".join(shown.topics),
        "agency": shown.agency,
        "may_look": shown.may_look,
    }


def _action(shown: ShownAction) -> dict[str, Any]:
    return {
        "hex": shown.action.id.hex,
        "heading": shown.heading,
        "owner": shown.owner.name,
        "agency": shown.owner.agency,
        "due": day_words(shown.action.due),
        "is_late": shown.is_late,
        "state": WORDS[shown.action.state],
    }


def _document_of(request: Request) -> DocumentId:
    return DocumentId(read_id(request.path_params["document"]))


_TOP = "/emergency/{emergency}"

ROUTES: list[BaseRoute] = [
    gated(_TOP, show_room, act=Act.VISIT_EMERGENCY),
    gated(_TOP + "/documents/{document}", show_document, act=Act.VISIT_EMERGENCY),
    gated(_TOP + "/documents/{document}/look", look, act=Act.VISIT_EMERGENCY),
    gated(_TOP + "/actions/{action}", show_action, act=Act.VISIT_EMERGENCY),
    gated(_TOP + "/{section}", show_part, act=Act.VISIT_EMERGENCY),
]
