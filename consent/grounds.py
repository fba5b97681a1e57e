"""Which grounds are live for somebody on a thing, cell by cell. Pure: rows in, cells out.

A cell is one (category, origin, subject) of a thing. The policies decide what a ground opens;
here it is only found whether the ground is there at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product

from consent.consent import Agreed, Cover, Recipient
from consent.protection import Protections
from consent.sharing_decision import SharingDecision
from consent.statement import Owes
from policies.catalogue import catalogue
from policies.decision import ConsentUsed, Ground
from policies.facts import Kind, Label
from policies.question import Cell, Live, object_cell
from server.directory.member import FamilyMember, Member
from server.directory.team import FAMILY_ROLES, Role, Seat, Team, TeamState
from server.kernel.ids import AgencyCode, MemberId, PersonId, SharingDecisionId

NO_ROLE = "none"
BEFORE_A_YES = frozenset({Kind.ROOM, Kind.CONSENT, Kind.PROTECTION})
"""What the lead of a waiting room may turn to: who the family are, what they say, what protects."""
FAMILY_PURPOSES = ("plan", "deliver", "review")
SAFEGUARD = "safeguard"
"""What an emergency access is for, beside what an office stands for."""
WITHOUT_OFFICE = "practitioner"

NOTHING_AGREED = Agreed(at=datetime.max.replace(tzinfo=UTC))

_STANDING = Live(Ground.STANDING)
_OWN = Live(Ground.OWN)
_EMERGENCY = Live(Ground.EMERGENCY)
_FOR_EMERGENCY = frozenset({Kind.CONTENT, Kind.EMERGENCY})


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks, as what, and for which purposes (tried in this order).

    `owes` is what is closed to her until she accepts the confidentiality statement.
    """

    member: Member
    role: str
    purposes: tuple[str, ...]
    seat: Seat | None = None
    owes: Owes = Owes.NOTHING

    @property
    def agency(self) -> AgencyCode:
        """Return the code of her organisation, or of the family."""
        return self.member.agency

    @property
    def recipient(self) -> Recipient:
        """Return her as somebody to whom something would be shown."""
        person = self.member.person if isinstance(self.member, FamilyMember) else None
        return Recipient(self.member.id, self.member.agency, person)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What stands in the rows about a room at one instant, whoever asks.

    `emergencies` gives those let in for an emergency now, and when that ends for each.
    """

    at: datetime
    team: Team | None = None
    agreed: Agreed = NOTHING_AGREED
    speaking: Mapping[PersonId, frozenset[PersonId]] = field(default_factory=dict)
    speaking_until: datetime | None = None
    decisions: tuple[SharingDecision, ...] = ()
    protections: Protections = field(default_factory=Protections)
    emergencies: Mapping[MemberId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The cells of a thing for one asker, and what each live ground of them rests on.

    `covers` and `decided` are by place of the cell in `cells`, and purpose. `speaks_until` is
    when she, as one of the family, speaks for one child less; `let_in_until` the end of her
    emergency access.
    """

    cells: tuple[Cell, ...]
    covers: Mapping[tuple[int, str], Cover]
    decided: Mapping[tuple[int, str], SharingDecision]
    speaks_until: datetime | None = None
    let_in_until: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Return when the first of what was found ends, or None if none of it does."""
        ends = [cover.until for cover in self.covers.values()]
        ends += [one.until for one in self.decided.values() if one.until is not None]
        ends += [one for one in (self.speaks_until, self.let_in_until) if one is not None]
        return min(ends, default=None)

    def consents_of(self, place: int, purpose: str) -> tuple[ConsentUsed, ...]:
        """Return the agreed versions that a cell's yes rests on, for one purpose."""
        cover = self.covers.get((place, purpose))
        if cover is None:
            return ()
        return tuple(ConsentUsed(used, version) for used, version in sorted(cover.consents))

    def decision_of(self, place: int, purpose: str) -> SharingDecisionId | None:
        """Return the sharing decision that opened a cell, for one purpose."""
        decision = self.decided.get((place, purpose))
        return decision.id if decision else None


def asker_in_room(
    who: Member, team: Team | None, seat: Seat | None, kind: Kind, *, is_let_in: bool = False
) -> Asker:
    """Return as what somebody asks in a room: by her place, else by an office, else as nobody.

    `is_let_in` is whether an emergency access is open for her.

    Rule: ADR-0008: while a room waits for the family's agreement only the lead may enter or
    learn of it, and she only to ask them: no plan, no invitation, no meeting. A room that was
    declined leaves her the record that help was offered.
    """
    if team is None or not _is_open_to(team, seat, kind):
        return Asker(who, NO_ROLE, ())
    if seat is not None and seat.agency == who.agency:
        return asker_with_place(who, seat)
    if seat is None and team.state is TeamState.OPEN:
        role = _office(who) or NO_ROLE
        if is_let_in and kind in _FOR_EMERGENCY:
            return asker_let_in(who)
        return Asker(who, role, catalogue().purposes_of(role))
    return Asker(who, NO_ROLE, ())


def asker_let_in(who: Member) -> Asker:
    """Return as what somebody without a place asks in an emergency: to keep a child safe.

    Rule: ADR-0014: what of the room that opens is for a sharing agreement to say.
    """
    office = _office(who)
    purposes = catalogue().purposes_of(office) if office else ()
    return Asker(who, office or WITHOUT_OFFICE, (SAFEGUARD, *purposes))


def asker_with_place(who: Member, seat: Seat) -> Asker:
    """Return as what somebody asks from a place, real or foreseen."""
    purposes = FAMILY_PURPOSES if seat.role in FAMILY_ROLES else _purposes_in_order(seat.purposes)
    return Asker(who, seat.role.value, purposes, seat)


def asker_of_house(who: Member) -> Asker:
    """Return as what somebody asks about something of no room."""
    role = "family_member" if isinstance(who, FamilyMember) else _office(who) or "practitioner"
    return Asker(who, role, catalogue().purposes_of(role))


def _office(who: Member) -> str | None:
    return None if isinstance(who, FamilyMember) or who.office is None else who.office.value


def _is_open_to(team: Team, seat: Seat | None, kind: Kind) -> bool:
    is_lead = seat is not None and seat.role is Role.LEAD_PROFESSIONAL
    match team.state:
        case TeamState.OPEN:
            return True
        case TeamState.PROPOSED:
            return is_lead and kind in BEFORE_A_YES
        case TeamState.DECLINED:
            return is_lead and kind is Kind.ROOM
        case TeamState.CLOSED:
            return False


def _purposes_in_order(purposes: frozenset[str]) -> tuple[str, ...]:
    known = catalogue().place_purposes
    # An unknown purpose is handed on, so that the policies refuse it by name.
    return tuple(one for one in known if one in purposes) + tuple(sorted(purposes - set(known)))


def speaking_for(
    answered_for: Mapping[PersonId, frozenset[PersonId]],
) -> dict[PersonId, frozenset[PersonId]]:
    """Return for whom each giver speaks: those she answered for who have not answered themselves.

    `answered_for` has everybody who answered, with nobody where the answer was no.
    """
    return {
        giver: frozenset(one for one in subjects if one == giver or one not in answered_for)
        for giver, subjects in answered_for.items()
    }


def find_grounds(facts: RoomFacts, asker: Asker, label: Label) -> Found:
    """Return the cells of a thing with the grounds live for this asker."""
    to = asker.recipient
    excl = facts.protections.exclusion(label, to, facts.speaking.keys())
    marker = facts.protections.marker(label, to)
    if label.kind is not Kind.CONTENT:
        # A list of names is for information; here only what keeps somebody out counts.
        cell = object_cell(label.kind, asker.agency, excl=excl, marker=marker)
        return Found((cell,), {}, {})
    return _content(facts, asker, label, to, (excl, marker))


def _content(
    facts: RoomFacts, asker: Asker, label: Label, to: Recipient, closed: tuple[str, str]
) -> Found:
    covers: dict[tuple[int, str], Cover] = {}
    decided: dict[tuple[int, str], SharingDecision] = {}
    cells: list[Cell] = []
    named = _is_named(label, asker)
    agreed = facts.agreed.towards(to)
    decisions = [one for one in facts.decisions if one.opens(label.thing, to)]
    let_in_until = facts.emergencies.get(asker.member.id) if asker.seat is None else None
    for category, origin, subject in _in_order(label):
        place = len(cells)
        grounds = {_STANDING} if asker.seat is not None else set()
        if _is_own(facts, asker, label, origin=origin, subject=subject):
            grounds.add(_OWN)
        if let_in_until is not None:
            grounds.add(_EMERGENCY)
        for purpose, cover in agreed.covering(subject, category, origin, asker.purposes):
            covers[place, purpose] = cover
            grounds.add(Live(Ground.AGREED, purpose))
        for decision in decisions:
            for purpose in asker.purposes:
                if (place, purpose) not in decided and decision.covers(
                    label.thing, subject=subject, purpose=purpose, origin=origin, to=to
                ):
                    decided[place, purpose] = decision
                    grounds.add(Live(Ground.DECIDED, purpose))
        cells.append(Cell(category, origin, frozenset(grounds), named, *closed))
    speaks_until = facts.speaking_until if isinstance(asker.member, FamilyMember) else None
    return Found(tuple(cells), covers, decided, speaks_until, let_in_until)


def _in_order(label: Label) -> Iterable[tuple[str, AgencyCode, PersonId]]:
    """Return what of a thing is asked about one by one; most things have one of each."""
    return product(sorted(label.categories), sorted(label.origins), sorted(label.subjects))


def _is_named(label: Label, asker: Asker) -> bool:
    took_words_down = "child_voice" in label.categories and label.author == asker.member.id
    return asker.member.id in label.named or took_words_down


def _is_own(
    facts: RoomFacts, asker: Asker, label: Label, *, origin: AgencyCode, subject: PersonId
) -> bool:
    """Say whether this of the thing is her own organisation's, or her own as one of the family.

    Rule: ADR-0008: on a family page stands what is about the reader, about those for whom she
    speaks in this room, and what is shown to her on purpose; the rest stays unseen.
    """
    if not isinstance(asker.member, FamilyMember):
        return origin == asker.agency
    person = asker.member.person
    return (
        subject == person
        or asker.member.id in label.shown_to
        or subject in facts.speaking.get(person, frozenset())
    )


def is_not_hers_to_edit(asker: Asker, verb: str, label: Label) -> bool:
    """Say whether these are a child's own words that somebody else took down.

    Rule: ADR-0008: a child's own words are edited by whoever took them down, nobody else, not
    even a colleague of the same organisation.
    """
    return "child_voice" in label.categories and verb == "edit" and label.author != asker.member.id
