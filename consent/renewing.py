"""Which agreements a lead has to renew soon: a yes ends on its review day, and then it is a no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from consent import gate
from consent.consent import Consent, ConsentState
from consent.naming import known_as
from consent.store import consents
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import writing
from server.kernel.ids import RoomId

SOON = timedelta(days=42)
"""Six weeks, the span between two reviews, are time enough to sit down with a family again."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A room in which something agreed ends soon, or has ended, and the first day of that."""

    room: RoomId
    reference: str
    family_name: str
    review_on: date


async def agreements_to_renew(who: Member) -> list[Renewal]:
    """Return the rooms that `who` leads in which something agreed is to be renewed, next first.

    Rule: an agreement is asked again by its review date, and does not stand beyond it.
    """
    async with writing() as tx:
        led = [
            seat.room
            for seat in await directory.seats_of(tx, who.id)
            if seat.role is Role.LEAD_PROFESSIONAL
        ]
        if not led:
            return []
        labels = await gate.sift(
            tx, who, Act.VIEW_CONSENT, [label_of_room(room, Kind.CONSENT) for room in led]
        )
        teams = await directory.find_teams(tx, [RoomId(label.thing) for label in labels])
        found = []
        for team in teams.values():
            ends = _first_end(await consents.newest_versions(tx, team.id))
            if ends is not None and ends <= london_day(tx.at) + SOON:
                name = await known_as(tx, team.id)
                found.append(Renewal(team.id, team.reference, name, ends))
    return sorted(found, key=lambda one: (one.review_on, one.reference))


def _first_end(versions: Sequence[Consent]) -> date | None:
    given = {ConsentState.GIVEN, ConsentState.PARTLY_GIVEN}
    return min((one.review_on for one in versions if one.state in given), default=None)
