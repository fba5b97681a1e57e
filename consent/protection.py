"""What closes a thing to somebody whatever else is open: exclusions and safety markers.

Pure, no I/O. The reason of either can itself endanger somebody: it is for the log and the
officers, never for the page of the person it is against.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.consent import Recipient
from policies.facts import Confidentiality, Label
from server.kernel.ids import MemberId, PersonId, RoomId


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Somebody is kept out of the whole room, or of one thing of it."""

    id: UUID
    room: RoomId
    why: str
    thing: UUID | None = None
    member: MemberId | None = None
    person: PersonId | None = None
    until: datetime | None = None

    def closes(self, label: Label, to: Recipient) -> bool:
        """Say whether it closes the thing under this label to this recipient."""
        return _is_against(self, to) and self.thing in {None, label.thing, label.serves}


@dataclass(frozen=True, slots=True)
class SafetyMarker:
    """Somebody is kept from what could lead her to a person.

    It closes a thing, a category, or all of what is about that person; with none of the three
    it closes the whole room.
    """

    id: UUID
    room: RoomId
    kind: str
    basis: str
    protects: PersonId | None = None
    category: str | None = None
    thing: UUID | None = None
    member: MemberId | None = None
    person: PersonId | None = None

    def closes(self, label: Label, to: Recipient) -> bool:
        """Say whether it closes the thing under this label to this recipient."""
        return (
            _is_against(self, to)
            and self.thing in {None, label.thing, label.serves}
            and (self.category is None or self.category in label.categories)
            and (self.protects is None or self.protects in label.subjects)
        )


def _is_against(protection: Exclusion | SafetyMarker, to: Recipient) -> bool:
    by_person = protection.person is not None and protection.person == to.person
    return protection.member == to.member or by_person


@dataclass(frozen=True, slots=True)
class Protections:
    """Everything of a room that closes things to somebody."""

    exclusions: tuple[Exclusion, ...] = ()
    markers: tuple[SafetyMarker, ...] = ()

    def exclusion(self, label: Label, to: Recipient) -> str:
        """Return what excludes the recipient from the thing: `no`, `restricted`, or a record's id.

        Rule: ADR-0008: a restricted thing is closed to everybody not on its list, colleagues of
        its own organisation and members of the family too.
        """
        for exclusion in self.exclusions:
            if exclusion.closes(label, to):
                return exclusion.id.hex
        restricted = label.confidentiality is Confidentiality.RESTRICTED
        return "restricted" if restricted and to.member not in label.named else "no"

    def marker(self, label: Label, to: Recipient) -> str:
        """Return the id of the safety marker that closes the thing to the recipient, or `no`."""
        for marker in self.markers:
            if marker.closes(label, to):
                return marker.id.hex
        return "no"
