"""The ids of things. An id is random and says nothing about what it names.

In addresses and on the wire an id is written as 32 hexadecimal digits.
"""

import hashlib
import uuid
from typing import NewType
from uuid import UUID

from server.kernel.errors import NotFound

AgencyCode = NewType("AgencyCode", str)
MemberId = NewType("MemberId", UUID)
PersonId = NewType("PersonId", UUID)
FamilyId = NewType("FamilyId", UUID)
RoomId = NewType("RoomId", UUID)
SeatId = NewType("SeatId", UUID)
SectionId = NewType("SectionId", UUID)
DocumentId = NewType("DocumentId", UUID)
ActionId = NewType("ActionId", UUID)
ConsentId = NewType("ConsentId", UUID)
SharingDecisionId = NewType("SharingDecisionId", UUID)
EntryId = NewType("EntryId", UUID)

_HEX_DIGITS = 32


def new_id() -> UUID:
    """Return a new random id of 128 bits (version 4)."""
    return uuid.uuid4()


def id_of_form(member: MemberId, form: UUID) -> UUID:
    """Return the id of what a form makes: the same for the same member's same form, each time.

    Threat T-22: a form carries an id so that a double submit makes one thing. Were it the thing's
    own, posting somebody else's would tell whether there is such a thing.
    """
    digest = hashlib.sha256(b"made by a form:" + member.bytes + form.bytes).digest()
    return UUID(bytes=digest[:16], version=4)


def read_id(text: str) -> UUID:
    """Read an id as it stands in an address: 32 lower-case hexadecimal digits.

    Raises:
        NotFound: the text is no id; to the reader that is the same as an unknown one.
    """
    if len(text) != _HEX_DIGITS or text != text.lower():
        raise NotFound
    try:
        return UUID(hex=text)
    except ValueError as fault:
        raise NotFound from fault
