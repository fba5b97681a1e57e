"""The standing facts of a room: its team, the places in it, and the access epoch.

A team and its room share one id.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.kernel.ids import AgencyCode, FamilyId, MemberId, RoomId, SeatId


class Role(StrEnum):
    """What a member is in one room."""

    LEAD_PROFESSIONAL = "lead_professional"
    TAC_MEMBER = "tac_member"
    MEETING_GUEST = "meeting_guest"
    PARENT_CARER = "parent_carer"
    YOUNG_PERSON = "young_person"


FAMILY_ROLES = frozenset({Role.PARENT_CARER, Role.YOUNG_PERSON})


class TeamState(StrEnum):
    """Where a room stands. `proposed` waits for the family's agreement: only the lead may enter."""

    PROPOSED = "proposed"
    OPEN = "open"
    DECLINED = "declined"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Team:
    """A room's team.

    `reference` is the four-character name used in notices; `epoch` counts every change of who
    may see what.
    """

    id: RoomId
    family: FamilyId
    reference: str
    state: TeamState
    epoch: int
    proposed_at: datetime
    next_meeting_at: datetime | None = None
    call_link: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place in a room, from `since` until `until` (None: still there).

    `purposes` are what the member declared the place for; anything else is closed to it.
    `statement` is the version of the confidentiality statement that she accepted last, in any
    room, and `accepted_here_at` when she did so for this one.
    """

    id: SeatId
    room: RoomId
    member: MemberId
    agency: AgencyCode
    role: Role
    purposes: frozenset[str]
    since: datetime
    until: datetime | None = None
    invited_by: MemberId | None = None
    joined_at: datetime | None = None
    statement: str | None = None
    accepted_here_at: datetime | None = None
