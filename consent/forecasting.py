"""Which organisation will be party to nothing from which day on, and in which rooms it sits.

Rule: ADR-0013: no agreement falls away at midnight unforeseen.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from consent import gate
from policies import revision, supposing
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.directory import seat_store
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.clock import london_day
from server.kernel.database import reading, writing

FORECAST = timedelta(days=90)
_LABEL = label_of_house(Kind.AUDIT)


@dataclass(frozen=True, slots=True)
class Expiry:
    """That an organisation is party to no agreement from the start of a London day on.

    `rooms` are the references of the rooms in which it has a place now. `forbidden_no_more` is
    true where what the ending agreement forbids may open by another one that goes on.
    """

    day: date
    agency: str
    rooms: tuple[str, ...]
    forbidden_no_more: bool


async def forecast(who: Member, within: timedelta = FORECAST) -> tuple[Expiry, ...]:
    """Return which organisations will be party to nothing from which day on, and where they sit.

    Told are ends that stand now; whoever signs again in time is not told of. The look is recorded.

    Raises:
        Refused: `who` is no information governance officer.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.FORESEE_POLICY, _LABEL)
    found: list[Expiry] = []
    async with reading() as tx:
        agencies = await directory.list_agencies(tx)
        held, upto = await revision.load(tx, tx.at), tx.at + within
        while held.until < upto:
            coming = await revision.load(tx, held.until)
            for agency in agencies:
                if held.is_party(agency.code) and not coming.is_party(agency.code):
                    rooms = await seat_store.rooms_of_agency(tx, agency.code)
                    found.append(
                        Expiry(
                            day=london_day(held.until),
                            agency=agency.name,
                            rooms=tuple(reference for _, reference in rooms),
                            forbidden_no_more=supposing.forbids_less(held, coming),
                        )
                    )
            held = coming
    return tuple(found)
