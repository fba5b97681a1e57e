"""People, places and things without a store, for tests of the gate's pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consent import judging
from consent.consent import Agreed, Capacity, Choice, ConsentLine
from consent.grounds import Asker, RoomFacts, asker_in_room
from consent.sharing_decision import LegalGround, Named, Outcome, SharingDecision
from policies.act import Act
from policies.facts import Kind, Label
from server.directory.member import FamilyMember, Office, Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.ids import (
    AgencyCode,
    ConsentId,
    FamilyId,
    MemberId,
    PersonId,
    RoomId,
    SeatId,
    SharingDecisionId,
    new_id,
)
from tests.policies.asking import demo_book

AT = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ROOM = RoomId(new_id())
SCHOOL, HEALTH, HOMES = (AgencyCode(one) for one in ("tansy_vale", "quillmere_hv", "bramblegate"))
OTIS, PIP, TAMSIN = (PersonId(new_id()) for _ in range(3))
PLAN = frozenset({"plan", "deliver", "review"})


def practitioner(agency: AgencyCode = SCHOOL, office: Office | None = None) -> Practitioner:
    return Practitioner(MemberId(new_id()), agency, "Imara Testwell", "lead", "i@x", office=office)


def parent(person: PersonId = TAMSIN) -> FamilyMember:
    return FamilyMember(MemberId(new_id()), person, "Tamsin")


def team(state: TeamState = TeamState.OPEN) -> Team:
    return Team(ROOM, FamilyId(new_id()), "K7QM", state, 5, AT - DAY)


def seat(who: Any, role: Role = Role.TAC_MEMBER, purposes: frozenset[str] = PLAN) -> Seat:
    return Seat(SeatId(new_id()), ROOM, who.id, who.agency, role, purposes, AT - DAY)


def facts(**changes: Any) -> RoomFacts:
    return replace(RoomFacts(at=AT, team=team()), **changes)


def asker(who: Any, role: Role | None = Role.TAC_MEMBER, **changes: Any) -> Asker:
    place = seat(who, role) if role else None
    return replace(asker_in_room(who, team(), place, Kind.CONTENT), **changes)


def label(**changes: Any) -> Label:
    plain = Label(
        thing=new_id(),
        room=ROOM,
        categories=frozenset({"education_attendance"}),
        origins=frozenset({SCHOOL}),
        subjects=frozenset({OTIS}),
    )
    return replace(plain, **changes)


def yes(towards: AgencyCode, *, purpose: str = "plan", until: datetime = AT + DAY) -> ConsentLine:
    """Tamsin's yes about Otis' attendance towards one organisation."""
    return ConsentLine(
        consent=ConsentId(new_id()), version=2, giver=TAMSIN, capacity=Capacity.PARENT_WITH_PR,
        subject=OTIS, agency=towards, category="education_attendance", purpose=purpose,
        choice=Choice.YES, given_at=AT - DAY, until=until,
    )  # fmt: skip


def agreed(*lines: ConsentLine) -> Agreed:
    """These answers, all Tamsin's about Otis' attendance, for one purpose."""
    about = (OTIS, "education_attendance", lines[0].purpose)
    return Agreed(AT, {about: {TAMSIN: lines}})


def decision(thing: Label, to: AgencyCode, **changes: Any) -> SharingDecision:
    """A decision of the school to share one thing about Otis with an organisation."""
    plain = SharingDecision(
        id=SharingDecisionId(new_id()), room=ROOM, outcome=Outcome.SHARE, from_agency=SCHOOL,
        purpose="safeguard", legal_ground=LegalGround.PUBLIC_TASK, why="why",
        decided_by=MemberId(new_id()), decided_at=AT - DAY, subjects=frozenset({OTIS}),
        things=frozenset({thing.thing}), recipients=frozenset({Named(to)}), until=AT + DAY,
    )  # fmt: skip
    return replace(plain, **changes)


LINES = (yes(SCHOOL), yes(HEALTH))
SHARED = {"agreed": agreed(*LINES)}
CONCERN = label(categories=frozenset({"safeguarding_concern"}))
NURSE = practitioner(HEALTH)


def judged(act=Act.OPEN_SECTION, thing=None, asks=None, **changes):
    told = facts(**(changes or SHARED))
    return judging.judge(demo_book(), told, asks or asker(NURSE), act, thing or label())


def decided_for_her():
    told = decision(CONCERN, HEALTH)
    asks = asker(NURSE, purposes=("plan", "safeguard"))
    return told, judged(thing=CONCERN, asks=asks, decisions=(told,))
