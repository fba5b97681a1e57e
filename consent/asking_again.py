"""Asks for an approval again if people's places have moved what it does before its time.

Rule: ADR-0013: an approval is bound to the difference that was shown; once who gains or loses is
more than a tenth other people, or the rooms are, it does not take effect.
"""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from consent.calling_off import call_off_approved
from consent.foreseeing_policy import people_of
from consent.how_far import HowFar
from consent.keeper import Keepers
from policies import draft_store, store
from policies.draft_store import Approval
from policies.isa import PartyState
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import TacroomError
from server.kernel.ids import AgencyCode

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 3600


async def ask_again(*, keepers: Keepers) -> list[Approval]:
    """Call off every approval still to take effect that reaches other people by now.

    Returns:
        Those called off; their drafts are with the parties again.
    """
    async with reading() as tx:
        waiting = await draft_store.list_waiting(tx)
    called_off = []
    for approval in waiting:
        if await _has_moved(approval, keepers):
            async with writing() as tx:
                await store.hold_isa(tx, approval.isa)
                if approval in await draft_store.list_waiting(tx):
                    await call_off_approved(tx, approval.isa, approval.number)
                    called_off.append(approval)
    return called_off


async def watch(*, keepers: Keepers) -> None:
    """Look now and every hour, for ever; a store that fails is asked again."""
    while True:
        try:
            await ask_again(keepers=keepers)
        except (TacroomError, SQLAlchemyError) as fault:
            # The kind alone: the words of a database error repeat the values.
            kind = type(fault).__name__
            logger.error("approvals could not be looked at: %s", kind)  # noqa: TRY400  see above
        await asyncio.sleep(LOOK_EVERY_S)


async def _has_moved(approval: Approval, keepers: Keepers) -> bool:
    async with reading() as tx:
        isa = await store.get_isa(tx, approval.isa, approval.number)
        signed = await _signed(tx, approval)
    reaches = (await people_of(isa, signed, keepers=keepers)).how_far
    return HowFar.read(approval.how_far).has_moved_to(reaches)


async def _signed(tx: Tx, approval: Approval) -> frozenset[AgencyCode]:
    """Return who is party once it takes effect."""
    last = {
        one.agency: one.state
        for one in await store.list_parties(tx, approval.isa)
        if one.since <= approval.takes_effect_at
    }
    return frozenset(agency for agency, state in last.items() if state is PartyState.SIGNED)
