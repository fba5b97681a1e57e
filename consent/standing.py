"""Where an agreement in force stands: its review, who has extended it, whether it is suspended."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent import gate
from consent.drafting import LABEL, asked, in_force
from consent.extending import Standing, standing_with_review, was_party
from consent.suspending import said_so
from policies import store
from policies.act import Act
from policies.isa import IsaState
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel.clock import london_day, london_instant
from server.kernel.database import writing
from server.kernel.ids import AgencyCode


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """Where an agreement stands, and what the reader may do about it now.

    `lifting` are the organisations that have said that a suspended one may hold again; `names`
    has every organisation's.
    """

    stands: Standing
    state: IsaState
    is_over: bool
    lifting: tuple[AgencyCode, ...]
    names: Mapping[AgencyCode, str]
    may_extend: bool
    may_lift: bool
    may_end: bool


async def view_standing(who: Practitioner, code: str) -> ShownStanding:
    """Return where an agreement stands.

    Raises:
        Refused: `who` has no office that reviews, signs or drafts.
        NotFound: there is no such agreement in force.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_SIGNATURE, LABEL)
        isa = (await in_force(tx, code)).isa
        [change] = [one for one in await store.list_in_force(tx, tx.at) if one.isa == code]
        stands = await standing_with_review(tx, isa)
        at_the_end = min(tx.at, london_instant(stands.agreed_end))
        is_over = isa.ends <= london_day(tx.at)
        is_suspended = change.state is IsaState.SUSPENDED
        lifting = await said_so(tx, isa, change) if is_suspended else ()
        said = {one.agency for one in lifting}
        return ShownStanding(
            stands=stands,
            state=change.state,
            is_over=is_over,
            lifting=tuple(one.agency for one in lifting),
            names={one.code: one.name for one in await directory.list_agencies(tx)},
            may_extend=who.office is Office.SIGNING_OFFICER
            and change.state is IsaState.ACTIVE
            and stands.may_extend(who.agency)
            and await was_party(tx, code, who.agency, at_the_end),
            may_lift=is_suspended
            and not is_over
            and who.agency not in said
            and who.agency in await asked(tx, code),
            may_end=who.office is Office.IG_OFFICER and change.state is not IsaState.ENDED,
        )
