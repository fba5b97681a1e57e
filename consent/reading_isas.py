"""Reading sharing agreements: which there are, who is party to them, and what each clause says."""

from dataclasses import dataclass
from datetime import datetime

from consent import gate
from consent.extending import Standing, standing_with_review
from policies import store
from policies.act import Act
from policies.facts import Kind, label_of_house
from policies.isa import Isa, IsaState, Party, PartyState, Sort
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import Member
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound

_LABEL = label_of_house(Kind.ISA)


@dataclass(frozen=True, slots=True)
class ShownParty:
    """Where an organisation stands with an agreement now, and since when; None: not asked yet."""

    name: str
    is_mine: bool
    state: PartyState | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ShownIsa:
    """An agreement as it stands now, with its parties; signed ones come first.

    `review` tells whether it is late, and who goes on without it.
    """

    isa: Isa
    state: IsaState
    parties: tuple[ShownParty, ...]
    review: Standing


async def list_isas(who: Member) -> list[ShownIsa]:
    """Return every agreement between organisations, in the version that stands now.

    Raises:
        Refused: `who` is no practitioner and has no office that reads agreements.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_ISAS, _LABEL)
        return await _standing(tx, who)


async def view_isa(who: Member, code: str) -> ShownIsa:
    """Return one agreement with all its clauses.

    Raises:
        Refused: `who` is no practitioner and has no office that reads agreements.
        NotFound: there is no such agreement.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_ISA, _LABEL)
        for shown in await _standing(tx, who):
            if shown.isa.code == code:
                return shown
        raise NotFound


async def _standing(tx: Tx, who: Member) -> list[ShownIsa]:
    agencies = await directory.list_agencies(tx)
    found = []
    for change in await store.list_in_force(tx, tx.at):
        isa = await store.get_isa(tx, change.isa, change.version)
        if isa.sort is Sort.ISA:
            parties = await store.list_parties(tx, isa.code)
            shown = _parties(parties, agencies, who, tx.at)
            review = await standing_with_review(tx, isa)
            found.append(ShownIsa(isa, _state(isa, change.state, tx.at), shown, review))
    return found


def _state(isa: Isa, state: IsaState, at: datetime) -> IsaState:
    """Return where it stands: past its last day it has ended, whatever was laid down."""
    return IsaState.ENDED if london_day(at) >= isa.ends else state


def _parties(
    parties: list[Party], agencies: list[Agency], who: Member, at: datetime
) -> tuple[ShownParty, ...]:
    newest = {
        one.agency: one
        for one in parties
        if one.since <= at and (one.until is None or at < one.until)
    }
    shown = [
        ShownParty(
            name=agency.name,
            is_mine=agency.code == who.agency,
            state=newest[agency.code].state if agency.code in newest else None,
            since=newest[agency.code].since if agency.code in newest else None,
        )
        for agency in agencies
        if agency.code in {one.agency for one in parties} or agency.code == who.agency
    ]
    return tuple(sorted(shown, key=lambda one: (one.state is not PartyState.SIGNED, one.name)))
