"""Pages of a room's documents: list, one document, adding one, and its bytes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Send

from consent.naming_people import may_change
from documents import uploading, viewing
from documents.content import FIELD
from documents.description import Description
from documents.document import How, readable_size
from documents.uploading import Arrival
from documents.viewing import OpenedDocument, ShownDocument
from policies.act import Act
from policies.catalogue import catalogue
from server.directory.member import Member
from server.kernel.errors import Invalid, NotFound, TacroomError
from server.kernel.ids import DocumentId, MemberId, PersonId, RoomId, new_id, read_id
from server.kernel.settings import settings
from web.forms import Form, read_form, summary
from web.receiving import CHOOSE_A_FILE, CHOOSE_AGAIN, Received, receive
from web.rendering import fragment, page
from web.room_frame import led_to_waiting, practitioner_of, room_frame, room_of, time_words
from web.route import gated
from web.session import member_of
from web.upload_form import CutOff, UploadForm

log = logging.getLogger(__name__)

HERE = "/documents"
NAMED_ONLY = "named"
EVERYBODY = "everybody"

# A document is shown by the browser or taken as a copy, and can do nothing in either place:
# no script, no form, no other address, no place in a page of ours.
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SANDBOXED = f"{CLOSED}; img-src 'self'; style-src 'unsafe-inline'; sandbox"


async def show_list(request: Request) -> Response:
    """Show the documents of a room that the member may know of."""
    room, documents = await _documents(request)
    if not documents and (waiting := await led_to_waiting(await member_of(request), room)):
        return waiting
    return await page(request, "documents/list.html", documents=documents, **room_frame(room, HERE))


async def show_list_again(request: Request) -> Response:
    """Show the list alone, to take the place of an older one."""
    room, documents = await _documents(request)
    return await fragment(
        request, "documents/list_fragment.html", documents=documents, room_hex=room.hex
    )


async def show_document(request: Request) -> Response:
    """Show what the room knows of one document."""
    room = room_of(request)
    shown = await viewing.view_document(await member_of(request), room, _document_of(request))
    return await page(
        request,
        "documents/document.html",
        document=_card(shown),
        openings=[
            {
                "who": one.who,
                "agency": one.agency,
                "at": time_words(one.opened_at),
                "how": "Looked at it" if one.how is How.LOOKED else "Took a copy",
            }
            for one in shown.openings or ()
        ],
        shows_openings=shown.openings is not None,
        may_name=may_change(await member_of(request), shown.document.label),
        **room_frame(room, HERE),
    )


async def look(request: Request) -> Response:
    """Send a document's bytes to be looked at in the browser."""
    opened = await viewing.open_document(
        await member_of(request), room_of(request), _document_of(request), how=How.LOOKED
    )
    return sent(opened, "inline")


async def copy(request: Request) -> Response:
    """Send a copy of a document."""
    opened = await viewing.open_document(
        await member_of(request), room_of(request), _document_of(request), how=How.COPIED
    )
    return sent(opened, "attachment")


async def describe(request: Request) -> Response:
    """Ask what a file is on, about whom and for whom, before it is sent."""
    who, room = await practitioner_of(request), room_of(request)
    choices = await uploading.choices(who, room)
    if request.method != "POST":
        return await _ask(request, room, choices, _Typed())
    form = await read_form(request)
    typed = _typed(form)
    if form.is_ticked("again"):
        return await _ask(request, room, choices, typed)
    try:
        return await _ask_for_file(request, who, room, typed, {})
    except Invalid as wrong:
        return await _ask(request, room, choices, typed, wrong.faults)


async def upload(request: Request) -> Response:
    """Take the file in; if anything is wrong, show the form again with all that was entered."""
    who, room = await practitioner_of(request), room_of(request)
    # Not a byte of the form is looked at before the gate has let its sender in.
    await uploading.choices(who, room)
    form = UploadForm(request)
    received = Received()
    try:
        document = await receive(form, who, room, received, _keep)
    except CutOff:
        return Response(status_code=400)
    except Invalid as wrong:
        try:
            await form.drain(2 * settings().upload_limit_bytes)
        except CutOff:
            return Response(status_code=400)
        return await _show_again(request, who, room, received, wrong)
    return RedirectResponse(f"/rooms/{room.hex}/documents/{document.hex}", status_code=303)


async def _keep(arrival: Arrival, name: str, received: Received) -> DocumentId:
    return await arrival.keep(name, _typed(received.form).description())


@dataclass(frozen=True, slots=True)
class _Typed:
    """The description as it was entered, so that it can be given back."""

    category: str = ""
    subjects: tuple[str, ...] = ()
    purpose: str = ""
    audience: str = EVERYBODY
    named: tuple[str, ...] = ()

    def description(self) -> Description:
        """Return it read; what is not an id is left out, and so missed by the operation."""
        return Description(
            category=self.category,
            subjects=frozenset(PersonId(one) for one in _ids(self.subjects)),
            purpose=self.purpose,
            named=frozenset(MemberId(one) for one in _ids(self.named)),
            is_for_named_only=self.audience == NAMED_ONLY,
        )


async def _show_again(
    request: Request, who: Member, room: RoomId, received: Received, wrong: Invalid
) -> Response:
    faults = dict(wrong.faults)
    try:
        return await _ask_for_file(request, who, room, _typed(received.form), faults)
    except Invalid as described_wrong:
        choices = await uploading.choices(who, room)
        return await _ask(
            request, room, choices, _typed(received.form), described_wrong.faults | faults
        )


async def _ask(
    request: Request,
    room: RoomId,
    choices: uploading.Choices,
    typed: _Typed,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "documents/describe.html",
        status=422 if faults else 200,
        faults=summary(faults or {}),
        wrong=faults or {},
        typed=typed,
        categories=choices.categories,
        people={person.hex: name for person, name in choices.people.items()},
        purposes=choices.purposes,
        places={member.hex: name for member, name in choices.places.items()},
        **room_frame(room, HERE),
    )


async def _ask_for_file(
    request: Request, who: Member, room: RoomId, typed: _Typed, faults: Mapping[str, str]
) -> Response:
    audience = await uploading.audience(who, room, typed.description())
    choices = await uploading.choices(who, room)
    return await page(
        request,
        "documents/choose_file.html",
        status=422 if faults else 200,
        faults=summary(faults),
        wrong=faults,
        typed=typed,
        document=new_id().hex,
        audience=audience,
        category=choices.categories[typed.category],
        about=[choices.people[PersonId(one)] for one in _ids(typed.subjects)],
        purpose=choices.purposes[typed.purpose].capitalize(),
        limit=readable_size(settings().upload_limit_bytes),
        choose_again=CHOOSE_AGAIN if faults.get(FIELD, CHOOSE_A_FILE) != CHOOSE_A_FILE else "",
        **room_frame(room, HERE),
    )


def _typed(form: Form) -> _Typed:
    return _Typed(
        category=form.text("category"),
        subjects=tuple(form.all("subjects")),
        purpose=form.text("purpose"),
        audience=form.text("audience") or EVERYBODY,
        named=tuple(form.all("named")),
    )


async def _documents(request: Request) -> tuple[RoomId, list[dict[str, object]]]:
    room = room_of(request)
    shown = await viewing.list_documents(await practitioner_of(request), room)
    return room, [_card(one) for one in shown]


def _card(shown: ShownDocument) -> dict[str, object]:
    document = shown.document
    return {
        "hex": document.id.hex,
        "name": document.name,
        "type": document.file_type.words,
        "size": readable_size(document.size_bytes),
        "topics": shown.topics,
        "about": shown.about,
        "purpose": catalogue().purposes[document.purpose].capitalize(),
        "added_by": shown.added_by,
        "agency": shown.agency,
        "added_at": time_words(document.added_at),
        "may_look": shown.may_look,
        "may_copy": shown.may_copy,
    }


class DocumentStream(StreamingResponse):
    """A document's bytes on their way. If its reader loses access, the line ends in the middle."""

    async def stream_response(self, send: Send) -> None:
        """Send the bytes as long as they may be seen."""
        try:
            await super().stream_response(send)
        except TacroomError:
            # The answer is not whole, so the server closes the line: the browser sees that
            # the file was cut off. The refusal is in the log already.
            log.info("a document stopped flowing: its reader may not see it any more")


def sent(opened: OpenedDocument, disposition: str) -> Response:
    """Return a document's bytes on their way, to be looked at (`inline`) or kept."""
    document = opened.document
    return DocumentStream(
        opened.pieces,
        media_type=document.file_type.content_type,
        headers={
            "content-disposition": f'{disposition}; filename="{document.neutral_name}"',
            "content-length": str(document.size_bytes),
            "content-security-policy": SANDBOXED,
        },
    )


def _document_of(request: Request) -> DocumentId:
    return DocumentId(read_id(request.path_params["document"]))


def _ids(texts: tuple[str, ...]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(read_id(text))
        except NotFound:
            continue
    return found


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}/documents", show_list, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/documents", upload, act=Act.VIEW_FAMILY, methods=("POST",)),
    gated("/rooms/{room}/documents/fragment", show_list_again, act=Act.VIEW_ROOM),
    gated(
        "/rooms/{room}/documents/new",
        describe,
        act=Act.VIEW_FAMILY,
        methods=("GET", "POST"),
    ),
    gated("/rooms/{room}/documents/{document}", show_document, act=Act.LIST_DOCUMENTS),
    gated("/rooms/{room}/documents/{document}/look", look, act=Act.VIEW_DOCUMENT),
    gated("/rooms/{room}/documents/{document}/copy", copy, act=Act.DOWNLOAD_DOCUMENT),
]
