"""The confidentiality statement: what a practitioner accepts before she enters. Pure.

Once for each version of the text, and once more on the day of a room's meeting; not at every
entry. Who has not accepted the text enters no room; who has not accepted it today does not come
in on the day of the meeting. What she has open on that day stays open.

Rule: ADR-0008.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cache
from importlib.resources import files

from policies.act import Act
from server.directory.agency import FAMILY
from server.directory.team import Seat, Team
from server.kernel.clock import london_day

OWED = "GUARD-STATEMENT"
_TO_ENTER = frozenset({Act.VIEW_ROOM, Act.JOIN_ROOM})
# That there is a room, so that she finds the way to the statement.
_BEFORE = frozenset({Act.LIST_ROOMS})


class Owes(IntEnum):
    """What is closed to a place until the statement is accepted."""

    NOTHING = 0
    ENTRY = 1
    ALL = 2

    def closes(self, act: Act) -> bool:
        """Say whether it closes an act."""
        return act in _TO_ENTER if self is Owes.ENTRY else bool(self) and act not in _BEFORE


@dataclass(frozen=True, slots=True)
class Statement:
    """The text in force, and its version."""

    version: str
    sentences: tuple[str, ...]


@cache
def statement() -> Statement:
    """Return the statement in force, from its data file."""
    raw = json.loads(files("policies").joinpath("statement.json").read_text("utf-8"))
    return Statement(raw["version"], tuple(raw["sentences"]))


def owed_by(seat: Seat | None, team: Team | None, at: datetime) -> Owes:
    """Return what is closed to a place until its member accepts the statement.

    The family signs nothing to see its own page.
    """
    if seat is None or team is None or seat.agency == FAMILY:
        return Owes.NOTHING
    if seat.statement != statement().version:
        return Owes.ALL
    meets = team.next_meeting_at
    if meets is None or london_day(meets) != london_day(at):
        return Owes.NOTHING
    here = seat.accepted_here_at
    return Owes.NOTHING if here and london_day(here) == london_day(at) else Owes.ENTRY
