"""Taking a file in as its form arrives: the fields first, then the file, piece by piece."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from uuid import UUID

from documents.content import BROKEN, FIELD
from documents.uploading import Arrival, receiving
from server.directory.member import Member
from server.kernel.errors import Invalid
from server.kernel.ids import DocumentId, RoomId, read_id
from web.forms import Form
from web.upload_form import FieldPart, FileBytes, FileStart, UploadForm

CHOOSE_A_FILE = "Choose a file."
CHOOSE_AGAIN = "For your safety a page cannot keep a file: choose it again."


class Received:
    """What has come in so far of a form with a file."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.fields: dict[str, list[str]] = {}

    @property
    def form(self) -> Form:
        """Return the fields as they were typed."""
        return Form(self.fields)

    def form_id(self) -> UUID:
        """Return the id that was made with the form."""
        return read_id(self.form.text("document"))


Keep = Callable[[Arrival, str, Received], Awaitable[DocumentId]]
"""Keeps a file that has come in whole, under the name it had where it came from."""


async def receive(
    form: UploadForm, who: Member, room: RoomId, received: Received, keep: Keep
) -> DocumentId:
    """Take in a form with a file and keep it; return the document's id.

    Raises:
        Refused: she has no place in the room, or may not add such a file.
        Invalid: no file was chosen, or something of the form or the file is wrong.
        CutOff: the form ended before it was whole.
    """
    async with aclosing(form.pieces()) as pieces:
        async for piece in pieces:
            if isinstance(piece, FieldPart):
                received.fields.setdefault(piece.name, []).append(piece.value)
            elif isinstance(piece, FileStart) and piece.name:
                # In our form the fields stand before the file, so that all is known by now.
                async with receiving(who, room, received.form_id()) as arrival:
                    async for later in pieces:
                        await _take(later, arrival, received)
                    return await keep(arrival, piece.name, received)
    raise Invalid({FIELD: CHOOSE_A_FILE})


async def _take(
    piece: FieldPart | FileStart | FileBytes, arrival: Arrival, received: Received
) -> None:
    if isinstance(piece, FileBytes):
        await arrival.write(piece.plain)
    elif isinstance(piece, FieldPart):
        received.fields.setdefault(piece.name, []).append(piece.value)
    else:
        raise Invalid({FIELD: BROKEN})
