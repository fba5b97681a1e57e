"""What closes a thing to somebody whatever else is open: exclusions, the family's rules, markers.

Pure, no I/O. The reason of any of them can itself endanger somebody: it is for the log and the
officers, never for the page of the person it is against.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from consent.consent import Recipient
from policies.facts import Confidentiality, Kind, Label
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId

ADDRESS = "address_confidential"


class Conflict(StrEnum):
    """Why somebody may not enter the room of a family at all."""

    RELATED = "related"
    OWN_FAMILY = "own_family"
    SAME_ADDRESS = "same_address"
    OTHER = "other"


class MarkerKind(StrEnum):
    """What a safety marker says. The first two close things, the others tell who visits."""

    CONFIDENTIAL_ADDRESS = "confidential_address"
    NO_CONTACT = "no_contact"
    RISK_TO_STAFF = "risk_to_staff"
    SAFE_CONTACT_METHOD = "safe_contact_method"


CLOSING = frozenset({MarkerKind.CONFIDENTIAL_ADDRESS, MarkerKind.NO_CONTACT})
TOLD_TO_VISITORS = frozenset(MarkerKind) - CLOSING


class RuleSort(StrEnum):
    """What a rule of the family says of those it names."""

    NEVER = "never"
    ONLY = "only"


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
    sort: Conflict = Conflict.OTHER

    def closes(self, label: Label, to: Recipient) -> bool:
        """Say whether it closes the thing under this label to this recipient."""
        return is_against(self, to) and self.thing in {None, label.thing, label.serves}


@dataclass(frozen=True, slots=True)
class FamilyRule:
    """What somebody of the family said in her own words, as the rule that was read back to her.

    `never`: those named never see it; `only`: nobody but those named does. It is about what is
    of these categories (none: everything) and about these people. `said_by` is who said `words`.
    """

    id: UUID
    room: RoomId
    said_by: PersonId
    words: str
    sort: RuleSort
    subjects: frozenset[PersonId]
    categories: frozenset[str] = frozenset()
    members: frozenset[MemberId] = frozenset()
    people: frozenset[PersonId] = frozenset()
    agencies: frozenset[AgencyCode] = frozenset()

    def closes(
        self, label: Label, to: Recipient, answered: Collection[PersonId] = frozenset()
    ) -> bool:
        """Say whether it closes the thing under this label to this recipient.

        `answered` are those who have answered for themselves: who spoke for one of them before
        speaks for her no longer.

        Rule: ADR-0016: of somebody kept from anything here no meeting is told either; nobody is
        kept from what is about herself alone, nor by an `only` from what she said it about.
        """
        if self.sort is RuleSort.NEVER and _is_meeting(label, to):
            return self.names(to)
        if not self._is_about(label, answered) or label.subjects == {to.person}:
            return False
        if self.sort is RuleSort.NEVER:
            return self.names(to)
        return not self.names(to) and to.person not in self.subjects | {self.said_by}

    def names(self, to: Recipient) -> bool:
        """Say whether it names this recipient, herself or her organisation."""
        of_family = to.person is not None and to.person in self.people
        return of_family or to.member in self.members or to.agency in self.agencies

    def _is_about(self, label: Label, answered: Collection[PersonId]) -> bool:
        if label.kind is not Kind.CONTENT:
            return False
        if self.categories and not self.categories & label.categories:
            return False
        # An address is of all who live there, whomever it was written about.
        of_address = ADDRESS in self.categories and ADDRESS in label.categories
        about = self.subjects - (frozenset(answered) - {self.said_by})
        return of_address or bool(about & label.subjects)


@dataclass(frozen=True, slots=True)
class SafetyMarker:
    """Somebody is kept from what could lead her to a person, or visitors are told of a danger.

    One that closes does so for a thing, a category, or all of what is about that person; with
    none of the three for the whole room. `words` is what visitors are told, `basis` why it was
    set; `review_on` is when somebody looks at it again: it stands until a person ends it.
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
    words: str = ""
    review_on: date | None = None

    def closes(self, label: Label, to: Recipient) -> bool:
        """Say whether it closes the thing under this label to this recipient."""
        if self.kind in TOLD_TO_VISITORS or not is_against(self, to):
            return False
        if _is_meeting(label, to):
            return True
        return (
            self.thing in {None, label.thing, label.serves}
            and (self.category is None or self.category in label.categories)
            and (
                self.protects is None or self.category == ADDRESS or self.protects in label.subjects
            )
        )


def is_against(protection: Exclusion | FamilyRule | SafetyMarker, to: Recipient) -> bool:
    """Say whether it is this recipient that somebody is protected from."""
    if isinstance(protection, FamilyRule):
        return protection.sort is RuleSort.NEVER and protection.names(to)
    by_person = protection.person is not None and protection.person == to.person
    return protection.member == to.member or by_person


def _is_meeting(label: Label, to: Recipient) -> bool:
    """Say whether it would tell somebody of the family when and where the others meet."""
    return label.kind is Kind.MEETING and to.person is not None


@dataclass(frozen=True, slots=True)
class Protections:
    """Everything of a room that closes things to somebody."""

    exclusions: tuple[Exclusion, ...] = ()
    markers: tuple[SafetyMarker, ...] = ()
    rules: tuple[FamilyRule, ...] = ()

    def exclusion(
        self, label: Label, to: Recipient, answered: Collection[PersonId] = frozenset()
    ) -> str:
        """Return what excludes the recipient from the thing: `no`, `restricted`, or a record's id.

        Rule: ADR-0008: a restricted thing is closed to everybody not on its list, colleagues of
        its own organisation and members of the family too.
        """
        for exclusion in self.exclusions:
            if exclusion.closes(label, to):
                return exclusion.id.hex
        for rule in self.rules:
            if rule.closes(label, to, answered):
                return rule.id.hex
        restricted = label.confidentiality is Confidentiality.RESTRICTED
        return "restricted" if restricted and to.member not in label.named else "no"

    def marker(self, label: Label, to: Recipient) -> str:
        """Return the id of the safety marker that closes the thing to the recipient, or `no`."""
        for marker in self.markers:
            if marker.closes(label, to):
                return marker.id.hex
        return "no"
