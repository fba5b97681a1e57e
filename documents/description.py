"""What an uploader says of a file: about whom, on what, for what, and for whom alone."""

from dataclasses import dataclass
from uuid import UUID

from policies.catalogue import catalogue
from policies.facts import Confidentiality, Label
from server.directory.member import Member
from server.kernel.ids import MemberId, PersonId, RoomId

Faults = dict[str, str]


@dataclass(frozen=True, slots=True)
class Description:
    """The words of the form.

    `named` empty: for everybody whom the agreements let see it. Named people of other
    organisations see it beside one's own; with `is_for_named_only` nobody else does at all.
    """

    category: str
    subjects: frozenset[PersonId]
    purpose: str
    named: frozenset[MemberId] = frozenset()
    is_for_named_only: bool = False


def label_of(who: Member, room: RoomId, thing: UUID, described: Description) -> Label:
    """Return the label of a file that `who` puts in: it comes from her own organisation."""
    named_only = described.is_for_named_only
    return Label(
        thing=thing,
        room=room,
        categories=frozenset({described.category}),
        origins=frozenset({who.agency}),
        subjects=described.subjects,
        confidentiality=Confidentiality.RESTRICTED if named_only else Confidentiality.NORMAL,
        # Whoever names others names herself too: she could not see her own file otherwise.
        named=described.named | {who.id} if described.named else frozenset(),
        author=who.id,
    )


def faults_of(
    described: Description,
    *,
    people: frozenset[PersonId],
    places: frozenset[MemberId],
    purposes: frozenset[str],
) -> Faults:
    """Return what is wrong with a description, field by field in the order of the form.

    `people` are those of the family she may name, `places` those with a place whom she may
    know of, herself too, `purposes` those of her own place.
    """
    faults: Faults = {}
    if described.category not in catalogue().categories:
        faults["category"] = "Choose what it is about"
    if not described.subjects or not described.subjects <= people:
        faults["subjects"] = "Choose whom it is about"
    if described.purpose not in purposes:
        faults["purpose"] = "Choose what it is needed for"
    nobody_named = described.is_for_named_only and not described.named
    if nobody_named or not described.named <= places:
        faults["named"] = "Choose the people it is for, or say that it is for everybody"
    return faults
