"""Has an approval that was to take effect later be asked for again, since what stands has moved.

Rule: ADR-0013: an approval is bound to the difference that was shown; if that moves before its
time, it does not take effect.
"""

from datetime import datetime

from consent.drafting import entry_of
from policies import draft_store, revision, store
from policies.draft import Stage
from policies.isa import Isa, IsaState, Party, PartyState
from server.audit import log
from server.directory.member import Practitioner
from server.kernel.database import Tx
from server.kernel.errors import Conflict


async def call_off_later(tx: Tx, who: Practitioner | None, isa: Isa, state: IsaState) -> None:
    """Have a version stand on, in this state, past the instants at which others were to follow.

    Their drafts are with the parties again, unless a newer one is open already.

    Raises:
        Conflict: one of them takes effect this very moment.
    """
    for change in await store.list_changes(tx):
        if change.isa != isa.code or change.takes_effect_at <= tx.at:
            continue
        if change.version != isa.version:
            if not await draft_store.is_approved(tx, change.isa, change.version):
                raise Conflict
            await _ask_again(tx, who, isa.code, change.version)
            await _as_before(tx, isa.code, change.takes_effect_at)
        await revision.put_in_force(
            tx, isa, state, by=who.id if who else None, at=change.takes_effect_at
        )


async def call_off_approved(tx: Tx, code: str, version: int) -> None:
    """Have what stands now stand on in the place of an approved version that was to follow.

    The house itself does so; the draft is with the parties again.

    Raises:
        Conflict: it takes effect this very moment.
    """
    stands = next((one for one in await store.list_in_force(tx, tx.at) if one.isa == code), None)
    if stands is not None:
        await call_off_later(tx, None, await store.get_isa(tx, code, stands.version), stands.state)
        return
    isa = await store.get_isa(tx, code, version)
    for change in await store.list_changes(tx):
        if change.isa == code and change.takes_effect_at > tx.at:
            await _as_before(tx, code, change.takes_effect_at)
            await revision.put_in_force(tx, isa, IsaState.ENDED, at=change.takes_effect_at)
    await _ask_again(tx, None, code, version)


async def _ask_again(tx: Tx, who: Practitioner | None, code: str, version: int) -> None:
    is_open = await draft_store.find_open(tx, code) is not None
    stage = Stage.DROPPED if is_open else Stage.SIGNING
    await draft_store.reopen(tx, code, version, stage)
    approved = await store.get_isa(tx, code, version)
    await log.record(tx, entry_of("isa:draft-noted", approved, who, stage=stage.value))


async def _as_before(tx: Tx, code: str, at: datetime) -> None:
    """Have every organisation stand, from an instant on, as it does just before it."""
    parties = await store.list_parties(tx, code)
    for agency in {one.agency for one in parties if one.since == at}:
        before = [one.state for one in parties if one.agency == agency and one.since < at]
        state = before[-1] if before else PartyState.WITHDRAWN
        await draft_store.put_party(tx, code, Party(agency, state, at))
        for one in parties:
            # Only who did not extend was to stand otherwise later: she drops out then.
            if one.agency == agency and one.since > at:
                await draft_store.put_party(tx, code, Party(agency, PartyState.INVITED, one.since))
