"""Whom of a team somebody of the family was told of: the organisations she was asked about by name.

Her own page names nobody else: another grown-up's or a young person's helpers stay unseen there
unless she herself said yes to them.
"""

from dataclasses import dataclass

from consent.consent import Choice
from consent.store import consents
from server.directory.member import FamilyMember
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody of the family was told when she answered.

    `takes_part` says that she wanted the help; `agencies` are those she ever said yes to, so that
    stopping does not make anybody vanish who may still hold what she shared.
    """

    takes_part: bool
    agencies: frozenset[AgencyCode]


async def told_in(tx: Tx, who: FamilyMember, room: RoomId) -> Told:
    """Return what she was told in a room; nothing if she was not asked or said no.

    It is asked inside an act that the gate let pass.

    Rule: ADR-0008: two grown-ups of one family never learn of each other, nor of each other's
    helpers; who said no is told only whom to ring.
    """
    speaking = (await consents.find_standing(tx, room)).speaking
    if not speaking.get(who.person):
        return Told(takes_part=False, agencies=frozenset())
    lines = await consents.lines_of_giver(tx, room, who.person)
    return Told(
        takes_part=True,
        agencies=frozenset(line.agency for line in lines if line.choice is Choice.YES),
    )
