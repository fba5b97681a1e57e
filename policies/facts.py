"""What the gate needs to know of a thing, and nothing else of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId


class Kind(StrEnum):
    """What sort of thing a label stands on.

    All but `content` are not information about people, and agreements between agencies do not
    know them.
    """

    CONTENT = "content"
    ROOM = "obj_room"
    SEAT = "obj_seat"
    CONSENT = "obj_consent"
    PROTECTION = "obj_protection"
    DECISION = "obj_decision"
    EMERGENCY = "obj_emergency"
    ISA = "obj_isa"
    AUDIT = "obj_audit"
    MEETING = "obj_meeting"
    ACCOUNT = "obj_account"
    SETTING = "obj_setting"


class Confidentiality(StrEnum):
    """`restricted` closes a thing to everyone not on its list, own colleagues and family too."""

    NORMAL = "normal"
    IN_CONFIDENCE = "in_confidence"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Label:
    """What a thing is about, of which categories, from which agencies, and for whom by name.

    `named` lists the named persons (for a restricted thing, everybody who may see it);
    `shown_to` the members of the family to whom it is shown on purpose; `author` is who took
    a child's words down or put the thing in; `serves` the part of the plan that an action was
    added from, so that who is kept out of the part is kept out of the action. Empty categories,
    origins or subjects on information mean: nobody may see it.
    """

    thing: UUID
    room: RoomId | None
    kind: Kind = Kind.CONTENT
    categories: frozenset[str] = frozenset()
    origins: frozenset[AgencyCode] = frozenset()
    subjects: frozenset[PersonId] = frozenset()
    confidentiality: Confidentiality = Confidentiality.NORMAL
    named: frozenset[MemberId] = frozenset()
    shown_to: frozenset[MemberId] = field(default_factory=frozenset)
    author: MemberId | None = None
    serves: UUID | None = None


def label_of_room(room: RoomId, kind: Kind = Kind.ROOM) -> Label:
    """Return the label of something of the room that is not information about people.

    Such are its places, its meetings, its record of what the family agreed.
    """
    return Label(thing=room, room=room, kind=kind)


HOUSE = UUID(int=0)
"""What stands for the house itself in acts on no thing yet, such as opening a room."""


def label_of_house(kind: Kind) -> Label:
    """Return the label of something that belongs to no room: the log, an agreement, a new room."""
    return Label(thing=HOUSE, room=None, kind=kind)
