"""What approving a draft would change: compiled off the loop, compared with what stands.

Rule: ADR-0013: an approval is bound to the hash of all of it.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from consent import gate
from consent.drafting import LABEL
from policies import draft_store, revision, store
from policies.act import Act
from policies.catalogue import catalogue
from policies.difference import Difference, between
from policies.draft import Draft, Mark
from policies.examples import Tried, try_examples
from policies.isa import AWAY, Isa, IsaState, PartyState, Sort
from policies.store import Change
from server.directory import store as directory
from server.directory.member import Practitioner
from server.kernel.canonical_json import Json, canonical
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode


@dataclass(frozen=True, slots=True)
class Effect:
    """What approving a draft would change, against what stands when it would take effect.

    `signed` are the organisations that would be party to it; `joins` and `leaves` those whose
    signature begins or ends to count with it; `names` has every organisation's; `tried` tells of
    each sentence that is kept with the draft whether it holds.
    """

    draft: Draft
    was: Isa | None
    difference: Difference
    signed: frozenset[AgencyCode]
    joins: tuple[AgencyCode, ...]
    leaves: tuple[AgencyCode, ...]
    names: Mapping[str, str]
    tried: tuple[Tried, ...]

    @property
    def digest(self) -> str:
        """Return the hash of all of it: what an approval is bound to."""
        told: Json = {
            "agreement": self.draft.digest,
            "difference": self.difference.digest,
            "joins": list(self.joins),
            "leaves": list(self.leaves),
        }
        return hashlib.sha256(canonical(told)).hexdigest()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A draft and what it takes the place of, compiled and compared before anything is held."""

    draft: Draft
    was: Isa | None
    difference: Difference
    tried: tuple[Tried, ...]


async def view_effect(who: Practitioner, code: str, *, to_approve: bool = False) -> Effect:
    """Return what the open draft of an agreement would change; nothing changes by looking.

    Raises:
        Refused: `who` has no office that sees drafts, or none that approves.
        NotFound: no draft is open.
        Invalid: it has faults, so that nothing can be compiled.
    """
    async with writing() as tx:
        act = Act.PREPARE_APPROVAL if to_approve else Act.VIEW_EFFECT
        await gate.require(tx, who, act, LABEL)
    compiled = await compile_open(code)
    if compiled is None:
        raise NotFound
    async with reading() as tx:
        return await effect_of(tx, compiled)


async def compile_open(code: str) -> Compiled | None:
    """Compile the open draft of an agreement off the loop; None if there is none.

    Raises:
        Invalid: it has faults.
    """
    async with reading() as tx:
        draft = await draft_store.find_open(tx, code)
        was = await _stands_last(tx, code) if draft else None
        sectors = {one.code: one.sector for one in await directory.list_agencies(tx)}
    if draft is None:
        return None
    old = await revision.compile_isa(was) if was else []
    new = await revision.compile_isa(draft.isa)
    difference = await asyncio.to_thread(between, old, new)
    tried = await asyncio.to_thread(try_examples, draft.isa, new, catalogue(), sectors)
    return Compiled(draft, was, difference, tried)


async def is_still(tx: Tx, compiled: Compiled, draft: Draft) -> bool:
    """Return whether what was compiled is still the draft, and stands against the same version."""
    was = await _stands_last(tx, draft.isa.code)
    same = (was and was.version) == (compiled.was and compiled.was.version)
    return same and compiled.draft.digest == draft.digest


async def effect_of(tx: Tx, compiled: Compiled) -> Effect:
    """Return what was compiled with whose signatures would count; part of a larger step."""
    draft = compiled.draft
    signed = await _stand_by_it(tx, draft)
    counted = await _signed_last(tx, draft.isa.code)
    return Effect(
        draft=draft,
        was=compiled.was,
        difference=compiled.difference,
        signed=signed,
        joins=tuple(sorted(signed - counted)),
        leaves=tuple(sorted(counted - signed)),
        names={str(one.code): one.name for one in await directory.list_agencies(tx)},
        tried=compiled.tried,
    )


async def _stands_last(tx: Tx, code: str) -> Isa | None:
    """Return the version that stands last, if it may open anything.

    Raises:
        NotFound: it is none between agencies.
    """
    last = await last_change(tx, code)
    if last is None or last.state is not IsaState.ACTIVE:
        return None
    was = await store.get_isa(tx, code, last.version)
    if was.sort is not Sort.ISA:
        raise NotFound
    return was


async def _stand_by_it(tx: Tx, draft: Draft) -> frozenset[AgencyCode]:
    """Return who has signed a draft, and has not suspended its part or left since."""
    last = {one.agency: one for one in await store.list_parties(tx, draft.isa.code)}
    signed_at = {one.agency: one.at for one in draft.signatures if one.mark is Mark.SIGNED}
    left = {
        agency
        for agency, one in last.items()
        if one.state in AWAY and agency in signed_at and one.since > signed_at[agency]
    }
    return draft.who(Mark.SIGNED) - left


async def _signed_last(tx: Tx, code: str) -> frozenset[AgencyCode]:
    """Return who has signed what stands last, and neither is suspended nor has left."""
    last = {one.agency: one.state for one in await store.list_parties(tx, code)}
    return frozenset(agency for agency, state in last.items() if state is PartyState.SIGNED)


async def last_change(tx: Tx, code: str) -> Change | None:
    """Return the change of an agreement that takes effect last."""
    changes = [one for one in await store.list_changes(tx) if one.isa == code]
    return changes[-1] if changes else None
