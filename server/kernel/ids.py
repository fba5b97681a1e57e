"""The ids of things. An id is random and says nothing about what it names.

In addresses and on the wire an id is written as 32 hexadecimal digits.
"""

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
