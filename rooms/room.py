"""A room: how it is named in notices, when it meets, and the plan that every room begins with.

Pure. A room and its team share one id; the team's standing facts are `server.directory.team`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from server.directory.team import Role, Team
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, MemberId, RoomId

# No letter or digit that is read as another one over the telephone (0 O, 1 I L, 2 Z, 5 S, 8 B).
REFERENCE_LETTERS = "34679ACDEFGHJKMNPQRTUVWXY"
REFERENCE_LENGTH = 4
LONGEST_LINK = 500
LEAD_PURPOSES = frozenset({"plan", "deliver", "review", "safeguard"})
"""What a lead practitioner has a place for."""

MEMBER_PURPOSES = frozenset({"plan", "deliver", "review"})
"""What every other place is for, unless the lead adds `safeguard`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a room, as those who may know of it see it."""

    member: MemberId
    name: str
    role: Role
    role_title: str
    agency: AgencyCode
    agency_name: str
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class MyRoom:
    """One line of 'My rooms': a room in which I have a place.

    `family_name` is empty unless I may know it; `new` means that I was invited and have not
    come in yet.
    """

    room: RoomId
    reference: str
    family_name: str
    state: str
    role: Role
    next_meeting_at: datetime | None
    new: bool


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What stands at the top of a room's page."""

    team: Team
    family_name: str
    lead_name: str
    lead_agency: str
    i_lead: bool
    my_role: Role
    is_open_in_emergency: bool = False


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a room needs on its first day, and whether it is done."""

    agreed: bool
    people: bool
    meeting: bool
    child_words: bool

    @property
    def are_done(self) -> bool:
        """Say whether nothing is left to do."""
        return self.agreed and self.people and self.meeting and self.child_words


def new_reference() -> str:
    """Return a new four-character name for a room; it says nothing about the family."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))


def check_call_link(text: str) -> str | None:
    """Return the link of a call as it may be shown, or None for none.

    Raises:
        Invalid: it is not an https address; nothing else may be offered to click.
    """
    link = text.strip()
    if not link:
        return None
    fault = {"call_link": "Enter a link that begins with https://, or leave this empty"}
    if len(link) > LONGEST_LINK or any(sign.isspace() or ord(sign) < ord(" ") for sign in link):
        raise Invalid(fault)
    try:
        parts = urlsplit(link)
    except ValueError as unreadable:
        raise Invalid(fault) from unreadable
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid(fault)
    return link
